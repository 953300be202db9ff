"""What must hold of the templates, each rule a function that lists what breaks it.

A rule gets all templates, parsed, and gives sentences; none is good. That they
see what they are for is shown by test_rules.py, which breaks the templates.
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

RULES = []

# What this service is looked after by, and the alarms' runbooks that belong to it.
MAINTENANCE = {
    "disk": "RoundsDiskFilling",
    "CPU": "AwsCpuHigh",
    "memory": "AwsMemoryHigh",
    "network": "AwsNetworkSaturated",
    "services": "AwsServiceDown",
    "backups": "AwsBackupMissing",
    "log rotation": "AwsLogRotation",
    "old backups removed": "AwsOldBackupsKept",
    "scheduler": "AwsSchedulerSilent",
    "queue age": "RoundsEncodeQueueOld",
    "5xx": "AwsApiErrors",
    "5xx of the edge": "AwsEdgeErrors",
    "latency": "AwsApiSlow",
    "database connections": "AwsDatabaseConnectionsHigh",
    "database storage": "AwsDatabaseStorageLow",
    "replica lag": "AwsDatabaseReplicaLag",
    "certificate expiry": "AwsCertificateExpiring",
    "bounce rate": "AwsMailBounces",
}


def rule(check):
    RULES.append(check)
    return check


def every(templates, kind):
    """(where, properties) of all resources of a type."""
    for name, template in templates.items():
        for logical, resource in template["Resources"].items():
            if resource["Type"] == kind:
                yield f"{name}: {logical}", resource.get("Properties", {})


def statements(templates):
    """(where, statement) of every policy in whatever resource."""
    for name, template in templates.items():
        for logical, resource in template["Resources"].items():
            for s in below(resource):
                if isinstance(s, dict) and "Effect" in s and ("Action" in s or "NotAction" in s):
                    yield f"{name}: {logical}", s


def below(node):
    """A node and everything below it."""
    yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from below(child)


def listed(value):
    return value if isinstance(value, list) else [value]


def yes(value):
    return value is True or str(value).lower() == "true"


@rule
def every_media_behaviour_has_a_key_group_and_oac(templates):
    for where, p in every(templates, "AWS::CloudFront::Distribution"):
        config = p["DistributionConfig"]
        origins = {o["Id"]: o for o in config["Origins"]}
        buckets = {i for i, o in origins.items() if "S3OriginConfig" in o}
        if not buckets:
            yield f"{where}: no bucket behind it"
        for i in buckets:
            if not origins[i].get("OriginAccessControlId"):
                yield f"{where}: the bucket {i} is reached without OAC"
        behaviours = [*config.get("CacheBehaviors", []), {"PathPattern": "*", **config["DefaultCacheBehavior"]}]
        if not any(b["PathPattern"] == "/media/*" and b["TargetOriginId"] in buckets for b in behaviours):
            yield f"{where}: /media/* does not lead to the bucket"
        for b in behaviours:
            media = b["TargetOriginId"] in buckets or b["PathPattern"].startswith("/media")
            if media and not b.get("TrustedKeyGroups"):
                yield f"{where}: {b['PathPattern']} is open to everybody"
            if media and not yes(b.get("Compress")):
                yield f"{where}: {b['PathPattern']} does not compress playlists"
            if media and b.get("ViewerProtocolPolicy") != "https-only":
                yield f"{where}: {b['PathPattern']} redirects players, or serves without TLS"
            if b.get("ViewerProtocolPolicy") not in ("https-only", "redirect-to-https"):
                yield f"{where}: {b['PathPattern']} serves without TLS"
    for where, p in every(templates, "AWS::CloudFront::OriginAccessControl"):
        if p["OriginAccessControlConfig"].get("SigningBehavior") != "always":
            yield f"{where} does not always sign"


@rule
def signatures_do_not_split_the_cache(templates):
    caches = {w.split(": ")[1]: p["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"] for w, p in every(templates, "AWS::CloudFront::CachePolicy")}
    for where, p in every(templates, "AWS::CloudFront::Distribution"):
        for b in p["DistributionConfig"].get("CacheBehaviors", []):
            if b["PathPattern"] == "/media/*":
                key = caches.get(b["CachePolicyId"].get("Ref"))
                if not key or key["QueryStringsConfig"]["QueryStringBehavior"] != "none" or key["CookiesConfig"]["CookieBehavior"] != "none":
                    yield f"{where}: media is kept once a viewer"


@rule
def tls_1_2_and_later(templates):
    for where, p in every(templates, "AWS::CloudFront::Distribution"):
        config = p["DistributionConfig"]
        if config["ViewerCertificate"].get("MinimumProtocolVersion") != "TLSv1.2_2021":
            yield f"{where}: viewers may use old TLS"
        for o in config["Origins"]:
            custom = o.get("CustomOriginConfig")
            if custom and (custom["OriginProtocolPolicy"] != "https-only" or custom["OriginSSLProtocols"] != ["TLSv1.2"]):
                yield f"{where}: the way to {o['Id']} is not TLS 1.2"
    for where, p in every(templates, "AWS::ElasticLoadBalancingV2::Listener"):
        if p["Protocol"] != "HTTPS" or "TLS13-1-2" not in p.get("SslPolicy", ""):
            yield f"{where}: no TLS 1.2"
    for where, p in every(templates, "AWS::SES::ConfigurationSet"):
        if p.get("DeliveryOptions", {}).get("TlsPolicy") != "REQUIRE":
            yield f"{where}: mail may travel in clear"


@rule
def only_cloudfront_reaches_the_balancer(templates):
    for where, p in every(templates, "AWS::ElasticLoadBalancingV2::Listener"):
        if [a["Type"] for a in p["DefaultActions"]] != ["fixed-response"]:
            yield f"{where}: answers without the secret header"
    for where, p in every(templates, "AWS::ElasticLoadBalancingV2::ListenerRule"):
        if not any(c.get("Field") == "http-header" and "resolve:secretsmanager" in json.dumps(c) for c in p["Conditions"]):
            yield f"{where}: asks for no secret header"


@rule
def the_secret_header_can_be_replaced(templates):
    """By versions: CloudFormation sees no change of a value behind the same words, and both are believed for a while."""
    words = "resolve:secretsmanager:rounds/${Environment}/origin:SecretString:::${%s}}}"
    for where, p in every(templates, "AWS::ElasticLoadBalancingV2::ListenerRule"):
        for version in ("OriginCurrent", "OriginOther"):
            if words % version not in json.dumps(p["Conditions"]):
                yield f"{where}: does not believe {version}"
    for where, p in every(templates, "AWS::CloudFront::Distribution"):
        sent = [h for o in p["DistributionConfig"]["Origins"] for h in o.get("OriginCustomHeaders", [])]
        if [h["HeaderName"] for h in sent] != ["X-Rounds-Origin"] or words % "OriginCurrent" not in json.dumps(sent):
            yield f"{where}: does not send the current version"


@rule
def nobody_comes_in_from_anywhere(templates):
    for where, p in every(templates, "AWS::EC2::SecurityGroup"):
        for way in p.get("SecurityGroupIngress", []):
            if "0.0.0.0/0" in json.dumps(way) or "::/0" in json.dumps(way):
                yield f"{where}: open to the world"
    for where, p in every(templates, "AWS::EC2::Subnet"):
        if yes(p.get("MapPublicIpOnLaunch", False)):
            yield f"{where}: machines get public addresses"
    for where, p in every(templates, "AWS::EC2::LaunchTemplate"):
        if "AssociatePublicIpAddress" in json.dumps(p):
            yield f"{where}: machines get public addresses"


@rule
def buckets_are_closed_and_encrypted(templates):
    policies = {}
    for where, p in every(templates, "AWS::S3::BucketPolicy"):
        policies[json.dumps(p["Bucket"])] = p["PolicyDocument"]["Statement"]
        for s in p["PolicyDocument"]["Statement"]:
            if s["Effect"] == "Allow" and s["Principal"] in ("*", {"AWS": "*"}):
                yield f"{where}: lets everybody in"
            if s["Effect"] == "Allow" and "cloudfront.amazonaws.com" in json.dumps(s) and (s["Action"] != "s3:GetObject" or "aws:SourceArn" not in json.dumps(s.get("Condition", {}))):
                yield f"{where}: any distribution may do more than read"
        if not any(s["Effect"] == "Deny" and s["Principal"] == "*" and "aws:SecureTransport" in json.dumps(s.get("Condition", {})) for s in p["PolicyDocument"]["Statement"]):
            yield f"{where}: does not refuse what comes without TLS"
    for where, p in every(templates, "AWS::S3::Bucket"):
        closed = p.get("PublicAccessBlockConfiguration", {})
        if not all(yes(closed.get(k)) for k in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")):
            yield f"{where}: may become public"
        if "BucketEncryption" not in p:
            yield f"{where}: is not encrypted"
        if not any("AbortIncompleteMultipartUpload" in r and r["Status"] == "Enabled" for r in p.get("LifecycleConfiguration", {}).get("Rules", [])):
            yield f"{where}: keeps the parts of uploads that nobody finishes"
        logical = where.split(": ")[1]
        if json.dumps({"Ref": logical}) not in policies:
            yield f"{where}: has no policy that refuses what comes without TLS"


@rule
def evidence_is_locked(templates):
    locked = [p for w, p in every(templates, "AWS::S3::Bucket") if "Evidence" in w]
    if not locked:
        yield "there is no bucket for evidence"
    for p in locked:
        retention = p.get("ObjectLockConfiguration", {}).get("Rule", {}).get("DefaultRetention", {})
        if not yes(p.get("ObjectLockEnabled")) or retention.get("Mode") != "COMPLIANCE":
            yield "evidence can be changed"


@rule
def everything_is_encrypted(templates):
    for where, p in every(templates, "AWS::EC2::LaunchTemplate"):
        for d in p["LaunchTemplateData"].get("BlockDeviceMappings", [{}]):
            ebs = d.get("Ebs", {})
            if not yes(ebs.get("Encrypted")) or ebs.get("VolumeType") != "gp3" or "KmsKeyId" not in ebs:
                yield f"{where}: a disk is not encrypted gp3"
    for kind, field in {"AWS::SNS::Topic": "KmsMasterKeyId", "AWS::SQS::Queue": "KmsMasterKeyId", "AWS::SecretsManager::Secret": "KmsKeyId", "AWS::Backup::BackupVault": "EncryptionKeyArn"}.items():
        for where, p in every(templates, kind):
            if field not in p:
                yield f"{where}: is not encrypted with our key"
    for where, p in every(templates, "AWS::Logs::LogGroup"):
        if "RetentionInDays" not in p:
            yield f"{where}: is kept for ever"
        if "KmsKeyId" not in p and "aws-waf-logs" not in json.dumps(p):
            yield f"{where}: is not encrypted with our key"
    for where, p in every(templates, "AWS::KMS::Key"):
        if not yes(p.get("EnableKeyRotation")):
            yield f"{where}: does not rotate"


@rule
def metadata_service_asks_for_a_token(templates):
    for where, p in every(templates, "AWS::EC2::LaunchTemplate"):
        options = p["LaunchTemplateData"].get("MetadataOptions", {})
        if options.get("HttpTokens") != "required" or options.get("HttpPutResponseHopLimit") != 1:
            yield f"{where}: IMDSv2 with one hop is not required"


@rule
def three_zones(templates):
    zones = {}
    for where, p in every(templates, "AWS::EC2::Subnet"):
        kind = re.match(r"(\w+)Subnet", where.split(": ")[1])[1]
        zones.setdefault(kind, []).append(p["AvailabilityZone"]["Fn::Select"][0])
    for kind in ("Public", "Private", "Isolated"):
        if sorted(map(int, zones.get(kind, []))) != [0, 1, 2]:
            yield f"network: {kind} subnets are not in three zones"
    nats = [w for w, _ in every(templates, "AWS::EC2::NatGateway")]
    if len(nats) != 3:
        yield "network: no NAT gateway in each zone"
    for where, p in every(templates, "AWS::AutoScaling::AutoScalingGroup"):
        if p.get("VPCZoneIdentifier") != {"Ref": "PrivateSubnets"}:
            yield f"{where}: not over all private subnets"
    for where, p in every(templates, "AWS::ElasticLoadBalancingV2::LoadBalancer"):
        if p.get("Subnets") != {"Ref": "PublicSubnets"}:
            yield f"{where}: not over all public subnets"


@rule
def isolated_subnets_have_no_way_out(templates):
    for where, p in every(templates, "AWS::EC2::Route"):
        if "Isolated" in json.dumps(p["RouteTableId"]):
            yield f"{where}: the database has a way out"


# Actions that know no resources (AWS, service authorization reference), so "*" is
# all that can be said of them.
NO_RESOURCE = {
    "ecr:GetAuthorizationToken", "cloudwatch:PutMetricData", "ec2:DescribeTags", "autoscaling:DescribeScheduledActions", "autoscaling:DescribeAutoScalingGroups",
    "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel", "ec2messages:GetMessages", "ec2messages:AcknowledgeMessage", "ec2messages:SendReply",
}


@rule
def rights_are_named(templates):
    for where, s in statements(templates):
        actions = listed(s.get("Action", []))
        if s["Effect"] == "Deny":
            continue
        if "NotAction" in s:
            yield f"{where}: NotAction allows what nobody thought of"
        account = "root" in json.dumps(s.get("Principal", ""))
        for action in actions:
            if "*" in action and not (action == "kms:*" and account):
                yield f"{where}: {action} is a wildcard"
        policy_of_resource = "Principal" in s
        if s.get("Resource") == "*" and not policy_of_resource and not set(actions) <= NO_RESOURCE:
            yield f"{where}: {', '.join(a for a in actions if a not in NO_RESOURCE)} on everything"
        if s.get("Principal") in ("*", {"AWS": "*"}) and "VPCEndpoint" not in where and "Endpoint" not in where:
            yield f"{where}: allows everybody"


@rule
def alarms_for_each_item_of_the_maintenance_list(templates):
    described = [p.get("AlarmDescription", "") for _, p in every(templates, "AWS::CloudWatch::Alarm")]
    for item, runbook in MAINTENANCE.items():
        if not any(d.endswith(f"deploy/runbooks/{runbook}.md") for d in described):
            yield f"nobody is told of {item}: no alarm leads to {runbook}"


@rule
def each_alarm_tells_somebody_and_names_its_runbook(templates):
    for where, p in every(templates, "AWS::CloudWatch::Alarm"):
        if not p.get("AlarmActions"):
            yield f"{where}: tells nobody"
        found = re.search(r"Runbook deploy/runbooks/(\w+)\.md$", p.get("AlarmDescription", ""))
        if not found:
            yield f"{where}: names no runbook"
        elif not (ROOT / "deploy" / "runbooks" / f"{found[1]}.md").exists():
            yield f"{where}: the runbook {found[1]}.md is not there"
        if "TreatMissingData" not in p:
            yield f"{where}: says nothing of missing figures"


@rule
def machines_come_and_go_in_good_order(templates):
    for where, p in every(templates, "AWS::AutoScaling::AutoScalingGroup"):
        hooks = {h["LifecycleTransition"] for h in p.get("LifecycleHookSpecificationList", [])}
        if hooks != {"autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"}:
            yield f"{where}: no hooks at start and end"
    if not any(p["InstancesDistribution"]["OnDemandPercentageAboveBaseCapacity"] == 0 for _, g in every(templates, "AWS::AutoScaling::AutoScalingGroup") if (p := g.get("MixedInstancesPolicy"))):
        yield "workers are no spot instances"
    if not list(every(templates, "AWS::AutoScaling::WarmPool")):
        yield "the API has no warm pool"
    tracked = [p["TargetTrackingConfiguration"]["PredefinedMetricSpecification"]["PredefinedMetricType"] for _, p in every(templates, "AWS::AutoScaling::ScalingPolicy") if p["PolicyType"] == "TargetTrackingScaling"]
    if sorted(tracked) != ["ALBRequestCountPerTarget", "ASGAverageCPUUtilization"]:
        yield f"the API follows {tracked}"
    by_age = [p for _, p in every(templates, "AWS::CloudWatch::Alarm") if p.get("MetricName") == "rounds_chunks_oldest_seconds" and p["AlarmActions"] == [{"Ref": "MoreWorkers"}]]
    if not by_age:
        yield "workers do not follow the age of the queue"


@rule
def the_firewall_counts_sign_ins(templates):
    for where, p in every(templates, "AWS::WAFv2::WebACL"):
        rates = [r for r in p["Rules"] if "RateBasedStatement" in r["Statement"]]
        if not any("/v1/auth/" in json.dumps(r) and "/sign-in" in json.dumps(r) and "Block" in r["Action"] for r in rates):
            yield f"{where}: does not limit sign-ins"
        if not any("ManagedRuleGroupStatement" in r["Statement"] for r in p["Rules"]):
            yield f"{where}: has no managed rules"


@rule
def what_holds_data_outlives_its_stack(templates):
    for kind in ("AWS::S3::Bucket", "AWS::ECR::Repository", "AWS::Backup::BackupVault"):
        for name, template in templates.items():
            for logical, r in template["Resources"].items():
                if r["Type"] == kind and (r.get("DeletionPolicy") != "Retain" or r.get("UpdateReplacePolicy") != "Retain"):
                    yield f"{name}: {logical} goes with its stack"
    for logical in ("DataKey", "MediaKey", "MasterKey", "SigningKeyA", "SigningKeyB", "DatabasePassword"):
        if templates["security"]["Resources"][logical].get("DeletionPolicy") != "Retain":
            yield f"security: {logical} goes with its stack"
