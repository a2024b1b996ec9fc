"""Translates the SAM template to plain CloudFormation without an account.

usage: translate.py TEMPLATE OUTPUT [BUCKET]

Code and nested templates are named as if they lay in BUCKET, as `sam package` would have put them.
No managed policy is looked up: the template uses none.
"""

import json
import os
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class NoManagedPolicies:
    """Stands in for the loader that would ask IAM."""

    def load(self):
        return {}


def packaged(path, bucket):
    """The template with its local files named as objects of the bucket."""
    with open(path, encoding="utf-8") as file:
        template = yaml_parse(file.read())
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            folder = properties["CodeUri"].rstrip("/").rsplit("/", 1)[-1]
            properties["CodeUri"] = {"Bucket": bucket, "Key": f"{folder}.zip"}
        if "TemplateURL" in properties:
            properties["TemplateURL"] = f"https://s3.amazonaws.com/{bucket}/{properties['TemplateURL']}"
    return template


def main():
    source, output = sys.argv[1], sys.argv[2]
    bucket = sys.argv[3] if len(sys.argv) > 3 else "packaged"
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    translated = transform(packaged(source, bucket), {}, NoManagedPolicies())
    with open(output, "w", encoding="utf-8") as file:
        json.dump(translated, file, indent=1)
    print(f"translated: {len(translated['Resources'])} resources")


if __name__ == "__main__":
    main()
