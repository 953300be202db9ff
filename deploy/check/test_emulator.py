"""The emulator of AWS starts, and forgets with its file of tests."""


def test_emulator_keeps_objects(aws):
    s3 = aws("s3")
    s3.create_bucket(Bucket="seen", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="seen", Key="a", Body=b"kept")
    assert s3.get_object(Bucket="seen", Key="a")["Body"].read() == b"kept"
