locals {
  # Two containers on one machine, so that one is replaced while the other serves.
  ports         = { one = 8080, two = 8090 }
  tags          = { tidepost = var.name }
  secure        = !var.insecure_http
  listener_port = local.secure ? 443 : 80
  ami           = var.ami_id != "" ? var.ami_id : one(data.aws_ssm_parameter.ami[*].value)
}

data "aws_ssm_parameter" "ami" {
  count = var.ami_id == "" ? 1 : 0
  name  = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
}

# ---- The machine ----------------------------------------------------------------------------------

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "instance" {
  name_prefix        = "${var.name}-"
  description        = "The machine of the container origin"
  tags               = local.tags
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

# Systems Manager instead of SSH: no key, no open port, and every deploy is on record.
resource "aws_iam_role_policy_attachment" "managed" {
  role       = aws_iam_role.instance.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

data "aws_iam_policy_document" "pull" {
  #checkov:skip=CKV_AWS_356:a login to ECR and a look at health know no resource
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [var.repository_arn != "" ? var.repository_arn : "arn:aws:ecr:*:*:repository/none"]
  }

  statement {
    actions   = ["ssm:GetParameter"]
    resources = [aws_ssm_parameter.image.arn]
  }

  # The machine takes its containers in and out of the load balancer by itself.
  statement {
    actions   = ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"]
    resources = [aws_lb_target_group.containers.arn]
  }

  statement {
    actions   = ["elasticloadbalancing:DescribeTargetHealth"]
    resources = ["*"]
  }
}

# Which image a new machine starts. A deploy changes it, and Terraform then leaves it alone.
resource "aws_ssm_parameter" "image" {
  #checkov:skip=CKV2_AWS_34:the name of an image is no secret
  name  = "/${var.name}/image"
  type  = "String"
  value = var.image

  lifecycle {
    ignore_changes = [value]
  }
}

resource "aws_iam_role_policy" "pull" {
  name   = "pull"
  role   = aws_iam_role.instance.id
  policy = data.aws_iam_policy_document.pull.json
}

resource "aws_iam_instance_profile" "instance" {
  name_prefix = "${var.name}-"
  role        = aws_iam_role.instance.name
}

resource "aws_launch_template" "instance" {
  #checkov:skip=CKV_AWS_88:without a public address it could not pull images but through a NAT gateway, which costs more than the machine; nothing is let in
  name_prefix            = "${var.name}-"
  image_id               = local.ami
  instance_type          = var.instance_type
  update_default_version = true

  iam_instance_profile {
    name = aws_iam_instance_profile.instance.name
  }

  network_interfaces {
    associate_public_ip_address = true
    security_groups             = [aws_security_group.instance.id]
  }

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "required"
    # Containers have no business with the machine's role.
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size           = 8
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }

  user_data = base64encode(templatefile("${path.module}/boot.sh.tftpl", {
    image_parameter = aws_ssm_parameter.image.name
    region          = var.region
    target_group    = aws_lb_target_group.containers.arn
    roll            = file("${path.module}/../scripts/roll.sh")
  }))
}

resource "aws_autoscaling_group" "one" {
  #checkov:skip=CKV_AWS_153:the name is enough: machines come and go
  name_prefix         = "${var.name}-"
  min_size            = 1
  desired_capacity    = 1
  max_size            = 1
  vpc_zone_identifier = var.subnet_ids
  # Not "ELB": while containers are rolled, targets leave the load balancer on purpose.
  health_check_type         = "EC2"
  health_check_grace_period = 120

  launch_template {
    id      = aws_launch_template.instance.id
    version = aws_launch_template.instance.latest_version
  }

  # A new boot script or machine image replaces the machine; the bucket serves meanwhile. A new
  # image of the site does not: infra/scripts/deploy_containers.sh rolls the containers.
  instance_refresh {
    strategy = "Rolling"
    preferences {
      min_healthy_percentage = 0
    }
  }

  tag {
    key                 = "Name"
    value               = var.name
    propagate_at_launch = true
  }
}

# ---- The load balancer ----------------------------------------------------------------------------

resource "aws_lb" "this" {
  #checkov:skip=CKV_AWS_91:access logs would hold the addresses of readers
  #checkov:skip=CKV2_AWS_28:the firewall stands before the distribution
  #checkov:skip=CKV_AWS_150:holds nothing; terraform destroy must be able to take it away
  #checkov:skip=CKV2_AWS_20:serves the distribution only, which never asks for the other scheme
  name                       = var.name
  load_balancer_type         = "application"
  internal                   = false
  security_groups            = [aws_security_group.balancer.id]
  subnets                    = var.subnet_ids
  drop_invalid_header_fields = true
  tags                       = local.tags
}

resource "aws_lb_target_group" "containers" {
  #checkov:skip=CKV_AWS_378:inside the network; TLS ends at the load balancer
  name                 = var.name
  port                 = local.ports.one
  protocol             = "HTTP"
  vpc_id               = var.vpc_id
  deregistration_delay = 10
  tags                 = local.tags

  # The landing page: a container without its site is not healthy.
  health_check {
    path                = "/"
    matcher             = "200"
    interval            = 5
    timeout             = 2
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
}

resource "aws_lb_listener" "edge" {
  #checkov:skip=CKV_AWS_2:https, unless insecure_http says otherwise
  #checkov:skip=CKV_AWS_103:the policy below, unless insecure_http says otherwise
  #checkov:skip=CKV2_AWS_20:serves the distribution only, which never asks for the other scheme
  load_balancer_arn = aws_lb.this.arn
  port              = local.listener_port
  protocol          = local.secure ? "HTTPS" : "HTTP"
  ssl_policy        = local.secure ? "ELBSecurityPolicy-TLS13-1-2-2021-06" : null
  certificate_arn   = local.secure ? var.certificate_arn : null

  # Whoever does not bring the distribution's secret.
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      message_body = "Not here."
      status_code  = "403"
    }
  }
}

resource "aws_lb_listener_rule" "distribution" {
  listener_arn = aws_lb_listener.edge.arn
  priority     = 1

  condition {
    http_header {
      http_header_name = "x-tidepost-edge"
      values           = [var.container_key]
    }
  }

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.containers.arn
  }
}
