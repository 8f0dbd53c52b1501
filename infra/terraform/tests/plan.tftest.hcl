# `terraform test`: what the plan promises, on a made-up provider.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_data "aws_ec2_managed_prefix_list" {
    defaults = { id = "pl-3b927c52" }
  }
  mock_data "aws_ssm_parameter" {
    defaults = { value = "ami-0123456789abcdef0" }
  }
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/tidepost/0123456789abcdef" }
  }
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/tidepost/0123456789abcdef" }
  }
  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/tidepost/0123456789abcdef/0123456789abcdef" }
  }
  mock_resource "aws_launch_template" {
    defaults = { id = "lt-0123456789abcdef0", latest_version = 1 }
  }
}

variables {
  vpc_id          = "vpc-0123456789abcdef0"
  subnet_ids      = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  image           = "tidepost:1"
  container_key   = "a-secret-of-more-than-24-characters"
  origin_name     = "origin.example.org"
  certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
}

run "one_machine_always" {
  assert {
    condition     = aws_autoscaling_group.one.min_size == 1 && aws_autoscaling_group.one.max_size == 1
    error_message = "The group is of one machine."
  }
  assert {
    condition     = aws_launch_template.instance.metadata_options[0].http_tokens == "required"
    error_message = "The machine's metadata needs a token (IMDSv2)."
  }
}

run "only_the_distribution_comes_in" {
  assert {
    condition     = one(aws_security_group_rule.from_cloudfront.prefix_list_ids) == "pl-3b927c52"
    error_message = "Only CloudFront's addresses are let in."
  }
  assert {
    condition     = aws_security_group_rule.from_cloudfront.cidr_blocks == null
    error_message = "No range of addresses is let in."
  }
  assert {
    condition     = aws_lb_listener.edge.default_action[0].fixed_response[0].status_code == "403"
    error_message = "Who does not know the secret is refused."
  }
  assert {
    condition     = one([for c in aws_lb_listener_rule.distribution.condition : one(c.http_header[0].values)]) == var.container_key
    error_message = "The rule asks for the secret."
  }
}

run "https_by_default" {
  assert {
    condition     = aws_lb_listener.edge.protocol == "HTTPS" && aws_lb_listener.edge.port == 443
    error_message = "The load balancer speaks https."
  }
  assert {
    condition     = output.origin_protocol == "https-only" && output.origin_address == "origin.example.org"
    error_message = "The distribution is told so, and the name that the certificate is for."
  }
}

run "http_where_that_is_said" {
  variables {
    insecure_http   = true
    origin_name     = ""
    certificate_arn = ""
  }
  assert {
    condition     = aws_lb_listener.edge.protocol == "HTTP" && output.origin_protocol == "http-only"
    error_message = "Plain http is a decision."
  }
}

run "no_http_by_oversight" {
  command = plan
  variables {
    origin_name     = ""
    certificate_arn = ""
  }
  expect_failures = [var.origin_name, var.certificate_arn]
}

run "a_short_secret_is_refused" {
  command = plan
  variables {
    container_key = "short"
  }
  expect_failures = [var.container_key]
}
