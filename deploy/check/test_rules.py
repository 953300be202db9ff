"""Holds the templates to the rules, and shows that each rule sees what it is for."""

import copy

import pytest
from rules import RULES, every

BY_NAME = {r.__name__: r for r in RULES}


@pytest.mark.parametrize("name", BY_NAME)
def test_rule(templates, name):
    assert list(BY_NAME[name](templates)) == []


def at(templates, path):
    """The parent of what a path names, and the last word. A number is a place in a list."""
    node = templates
    words = path.split("/")
    for word in words[:-1]:
        node = node[int(word) if isinstance(node, list) else word.replace("|", "/")]
    last = words[-1].replace("|", "/")
    return node, int(last) if isinstance(node, list) else last


def put(path, value):
    def act(templates):
        node, last = at(templates, path)
        assert node[last] != value, "this changes nothing"
        node[last] = value
    return act


def drop(path):
    def act(templates):
        node, last = at(templates, path)
        del node[last]
    return act


def add(path, value):
    def act(templates):
        node, last = at(templates, path)
        assert last not in node
        node[last] = value
    return act


DIST = "edge/Resources/Distribution/Properties/DistributionConfig"
HEADER = "app/Resources/FromCloudFront/Properties/Conditions/0/HttpHeaderConfig"
WORLD = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
API = "app/Resources/ApiTemplate/Properties/LaunchTemplateData"
STATEMENT = "security/Resources/WorkerRole/Properties/Policies/0/PolicyDocument/Statement/0"

# (the rule that must see it, what is broken, how)
BREAKAGES = [
    ("every_media_behaviour_has_a_key_group_and_oac", "no key group", drop(f"{DIST}/CacheBehaviors/0/TrustedKeyGroups")),
    ("every_media_behaviour_has_a_key_group_and_oac", "no OAC", drop(f"{DIST}/Origins/0/OriginAccessControlId")),
    ("every_media_behaviour_has_a_key_group_and_oac", "the default behaviour leads to the bucket", put(f"{DIST}/DefaultCacheBehavior/TargetOriginId", "media")),
    ("every_media_behaviour_has_a_key_group_and_oac", "another path", put(f"{DIST}/CacheBehaviors/0/PathPattern", "/medium/*")),
    ("every_media_behaviour_has_a_key_group_and_oac", "a second path into the bucket", lambda t: at(t, f"{DIST}/CacheBehaviors/0")[0].append({"PathPattern": "/x/*", "TargetOriginId": "media", "ViewerProtocolPolicy": "https-only", "Compress": True})),
    ("every_media_behaviour_has_a_key_group_and_oac", "playlists are not compressed", put(f"{DIST}/CacheBehaviors/0/Compress", False)),
    ("every_media_behaviour_has_a_key_group_and_oac", "media redirects", put(f"{DIST}/CacheBehaviors/0/ViewerProtocolPolicy", "redirect-to-https")),
    ("every_media_behaviour_has_a_key_group_and_oac", "pages in clear", put(f"{DIST}/DefaultCacheBehavior/ViewerProtocolPolicy", "allow-all")),
    ("every_media_behaviour_has_a_key_group_and_oac", "OAC does not sign", put("edge/Resources/MediaAccess/Properties/OriginAccessControlConfig/SigningBehavior", "no-override")),
    ("signatures_do_not_split_the_cache", "the query is in the key", put("edge/Resources/MediaCache/Properties/CachePolicyConfig/ParametersInCacheKeyAndForwardedToOrigin/QueryStringsConfig/QueryStringBehavior", "all")),
    ("signatures_do_not_split_the_cache", "cookies are in the key", put("edge/Resources/MediaCache/Properties/CachePolicyConfig/ParametersInCacheKeyAndForwardedToOrigin/CookiesConfig/CookieBehavior", "all")),
    ("tls_1_2_and_later", "TLS 1.0 of viewers", put(f"{DIST}/ViewerCertificate/MinimumProtocolVersion", "TLSv1")),
    ("tls_1_2_and_later", "the origin in clear", put(f"{DIST}/Origins/1/CustomOriginConfig/OriginProtocolPolicy", "http-only")),
    ("tls_1_2_and_later", "the balancer in clear", put("app/Resources/Listener/Properties/Protocol", "HTTP")),
    ("tls_1_2_and_later", "an old policy", put("app/Resources/Listener/Properties/SslPolicy", "ELBSecurityPolicy-2016-08")),
    ("tls_1_2_and_later", "mail in clear", put("mail/Resources/Set/Properties/DeliveryOptions/TlsPolicy", "OPTIONAL")),
    ("only_cloudfront_reaches_the_balancer", "forwards by default", put("app/Resources/Listener/Properties/DefaultActions/0/Type", "forward")),
    ("only_cloudfront_reaches_the_balancer", "no header", put("app/Resources/FromCloudFront/Properties/Conditions", [{"Field": "path-pattern", "Values": ["*"]}])),
    ("nobody_comes_in_from_anywhere", "the balancer is open", lambda t: at(t, "network/Resources/BalancerGroup/Properties/SecurityGroupIngress/0")[0].append(WORLD)),
    ("nobody_comes_in_from_anywhere", "the API is open", put("network/Resources/ApiGroup/Properties/SecurityGroupIngress", [WORLD])),
    ("nobody_comes_in_from_anywhere", "public addresses", put("network/Resources/PrivateSubnetA/Properties/MapPublicIpOnLaunch", True)),
    ("nobody_comes_in_from_anywhere", "public addresses of machines", add(f"{API}/NetworkInterfaces", [{"AssociatePublicIpAddress": True}])),
    ("the_secret_header_can_be_replaced", "one is believed", put(f"{HEADER}/Values", [{"Fn::Sub": "{{resolve:secretsmanager:rounds/${Environment}/origin:SecretString:::${OriginCurrent}}}"}])),
    ("the_secret_header_can_be_replaced", "any value", put(f"{DIST}/Origins/1/OriginCustomHeaders/0/HeaderValue", {"Fn::Sub": "{{resolve:secretsmanager:rounds/${Environment}/origin}}"})),
    ("buckets_are_closed_and_encrypted", "may become public", put("storage/Resources/MediaBucket/Properties/PublicAccessBlockConfiguration/BlockPublicPolicy", False)),
    ("buckets_are_closed_and_encrypted", "not encrypted", drop("storage/Resources/UploadsBucket/Properties/BucketEncryption")),
    ("buckets_are_closed_and_encrypted", "unfinished uploads", put("storage/Resources/UploadsBucket/Properties/LifecycleConfiguration/Rules", [])),
    ("buckets_are_closed_and_encrypted", "everybody reads", put("delivery/Resources/MediaPolicy/Properties/PolicyDocument/Statement/1/Principal", "*")),
    ("buckets_are_closed_and_encrypted", "any distribution reads", drop("delivery/Resources/MediaPolicy/Properties/PolicyDocument/Statement/1/Condition")),
    ("buckets_are_closed_and_encrypted", "the distribution lists", put("delivery/Resources/MediaPolicy/Properties/PolicyDocument/Statement/1/Action", ["s3:GetObject", "s3:ListBucket"])),
    ("buckets_are_closed_and_encrypted", "no TLS", drop("delivery/Resources/MediaPolicy/Properties/PolicyDocument/Statement/0")),
    ("buckets_are_closed_and_encrypted", "no policy", drop("storage/Resources/EvidencePolicy")),
    ("evidence_is_locked", "no lock", put("storage/Resources/EvidenceBucket/Properties/ObjectLockEnabled", False)),
    ("evidence_is_locked", "administrators can unlock", put("storage/Resources/EvidenceBucket/Properties/ObjectLockConfiguration/Rule/DefaultRetention/Mode", "GOVERNANCE")),
    ("everything_is_encrypted", "a disk", put(f"{API}/BlockDeviceMappings/0/Ebs/Encrypted", False)),
    ("everything_is_encrypted", "a topic", drop("observability/Resources/Alarms/Properties/KmsMasterKeyId")),
    ("everything_is_encrypted", "a queue", drop("observability/Resources/Undelivered/Properties/KmsMasterKeyId")),
    ("everything_is_encrypted", "a secret", drop("security/Resources/MasterKey/Properties/KmsKeyId")),
    ("everything_is_encrypted", "backups", drop("backup/Resources/Vault/Properties/EncryptionKeyArn")),
    ("everything_is_encrypted", "logs", drop("app/Resources/ApiLog/Properties/KmsKeyId")),
    ("everything_is_encrypted", "logs for ever", drop("app/Resources/ApiLog/Properties/RetentionInDays")),
    ("everything_is_encrypted", "a key for ever", put("security/Resources/DataKey/Properties/EnableKeyRotation", False)),
    ("metadata_service_asks_for_a_token", "IMDSv1", put(f"{API}/MetadataOptions/HttpTokens", "optional")),
    ("metadata_service_asks_for_a_token", "from containers", put("app/Resources/WorkerTemplate/Properties/LaunchTemplateData/MetadataOptions/HttpPutResponseHopLimit", 2)),
    ("three_zones", "two subnets in one zone", put("network/Resources/IsolatedSubnetC/Properties/AvailabilityZone/Fn::Select/0", 1)),
    ("three_zones", "a NAT less", drop("network/Resources/NatC")),
    ("three_zones", "workers in one zone", put("app/Resources/Workers/Properties/VPCZoneIdentifier", [{"Fn::Select": [0, {"Ref": "PrivateSubnets"}]}])),
    ("three_zones", "the balancer in one zone", put("app/Resources/Balancer/Properties/Subnets", [{"Fn::Select": [0, {"Ref": "PublicSubnets"}]}])),
    ("isolated_subnets_have_no_way_out", "a route", add("network/Resources/Way", {"Type": "AWS::EC2::Route", "Properties": {"RouteTableId": {"Ref": "IsolatedRoutes"}, "DestinationCidrBlock": "0.0.0.0/0"}})),
    ("rights_are_named", "every secret", put(f"{STATEMENT}/Resource", "*")),
    ("rights_are_named", "a wildcard", put(f"{STATEMENT}/Action", "secretsmanager:*")),
    ("rights_are_named", "everything but", lambda t: at(t, STATEMENT)[0][0].update(NotAction="iam:CreateUser")),
    ("rights_are_named", "everybody", put("mail/Resources/TopicPolicy/Properties/PolicyDocument/Statement/0/Principal", "*")),
    ("alarms_for_each_item_of_the_maintenance_list", "none of the logs", lambda t: [t["observability"]["Resources"].pop(n) for n in ("ApiLogs", "WorkerLogs")]),
    ("alarms_for_each_item_of_the_maintenance_list", "none of the edge", drop("edge/Resources/EdgeErrorsAlarm")),
    ("each_alarm_tells_somebody_and_names_its_runbook", "tells nobody", put("observability/Resources/ApiSlow/Properties/AlarmActions", [])),
    ("each_alarm_tells_somebody_and_names_its_runbook", "no runbook", put("observability/Resources/ApiSlow/Properties/AlarmDescription", "Slow.")),
    ("each_alarm_tells_somebody_and_names_its_runbook", "a runbook that is not there", put("observability/Resources/ApiSlow/Properties/AlarmDescription", "Slow. Runbook deploy/runbooks/Nothing.md")),
    ("each_alarm_tells_somebody_and_names_its_runbook", "missing figures", drop("observability/Resources/ApiSlow/Properties/TreatMissingData")),
    ("machines_come_and_go_in_good_order", "no hooks", drop("app/Resources/Workers/Properties/LifecycleHookSpecificationList")),
    ("machines_come_and_go_in_good_order", "no spot", put("app/Resources/Workers/Properties/MixedInstancesPolicy/InstancesDistribution/OnDemandPercentageAboveBaseCapacity", 100)),
    ("machines_come_and_go_in_good_order", "no warm pool", drop("app/Resources/ApiWarmPool")),
    ("machines_come_and_go_in_good_order", "not by CPU", drop("app/Resources/ApiByCpu")),
    ("machines_come_and_go_in_good_order", "not by age", put("app/Resources/QueueWaits/Properties/MetricName", "rounds_chunks_waiting")),
    ("the_firewall_counts_sign_ins", "counts only", put("edge/Resources/WebAcl/Properties/Rules/0/Action", {"Count": {}})),
    ("the_firewall_counts_sign_ins", "no managed rules", lambda t: at(t, "edge/Resources/WebAcl/Properties/Rules/0")[0].__delitem__(slice(2, None))),
    ("what_holds_data_outlives_its_stack", "media goes", put("storage/Resources/MediaBucket/DeletionPolicy", "Delete")),
    ("what_holds_data_outlives_its_stack", "the master key goes", drop("security/Resources/MasterKey/DeletionPolicy")),
]


@pytest.mark.parametrize("name,what,spoil", BREAKAGES, ids=[f"{n}-{w}" for n, w, _ in BREAKAGES])
def test_rule_sees(templates, name, what, spoil):
    good = set(BY_NAME[name](templates))
    broken = copy.deepcopy(templates)
    spoil(broken)
    assert set(BY_NAME[name](broken)) - good, f"{name} does not see: {what}"


def test_every_rule_was_broken():
    assert {n for n, _, _ in BREAKAGES} == set(BY_NAME)


def test_every_alarm_was_looked_at(templates):
    assert len(list(every(templates, "AWS::CloudWatch::Alarm"))) >= 35
