"""Who is calling."""

from aws import ACCOUNT


def test_identity(aws):
    told = aws.sts.get_caller_identity()
    assert told["Account"] == ACCOUNT
    assert told["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ann"
