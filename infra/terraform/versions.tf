terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80, < 7.0"
    }
  }

  # Where the state lies is told at `terraform init`: bucket, key, region. The lock is a conditional
  # write beside it (use_lockfile), so that two people cannot apply at once; no table is needed.
  backend "s3" {
    use_lockfile = true
    encrypt      = true
  }
}

provider "aws" {
  region = var.region
}
