# CloudFront's own addresses. Other people's distributions have them too, which is why the load
# balancer also asks for the secret.
data "aws_ec2_managed_prefix_list" "cloudfront" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}

# The network itself stays as it is: it is not made here, and others use it. Only its default
# security group can be taken over, which then lets nothing in or out.
import {
  for_each = var.import_network ? toset([var.default_security_group_id]) : toset([])
  to       = aws_default_security_group.closed[each.key]
  id       = each.key
}

resource "aws_default_security_group" "closed" {
  for_each = var.import_network ? toset([var.default_security_group_id]) : toset([])
  vpc_id   = var.vpc_id
}

resource "aws_security_group" "balancer" {
  #checkov:skip=CKV2_AWS_5:used by the load balancer
  name_prefix = "${var.name}-balancer-"
  description = "Lets CloudFront in, and nobody else"
  vpc_id      = var.vpc_id
  tags        = local.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group_rule" "from_cloudfront" {
  #checkov:skip=CKV_AWS_260:the source is CloudFront's prefix list, not everybody
  type              = "ingress"
  security_group_id = aws_security_group.balancer.id
  description       = "Readers, through the distribution"
  prefix_list_ids   = [data.aws_ec2_managed_prefix_list.cloudfront.id]
  protocol          = "tcp"
  from_port         = local.listener_port
  to_port           = local.listener_port
}

resource "aws_security_group_rule" "to_containers" {
  for_each = local.ports

  type                     = "egress"
  security_group_id        = aws_security_group.balancer.id
  description              = "The container on port ${each.value}"
  source_security_group_id = aws_security_group.instance.id
  protocol                 = "tcp"
  from_port                = each.value
  to_port                  = each.value
}

resource "aws_security_group" "instance" {
  #checkov:skip=CKV2_AWS_5:used by the launch template
  name_prefix = "${var.name}-instance-"
  description = "Lets the load balancer in, and nobody else"
  vpc_id      = var.vpc_id
  tags        = local.tags

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_security_group_rule" "from_balancer" {
  for_each = local.ports

  type                     = "ingress"
  security_group_id        = aws_security_group.instance.id
  description              = "The load balancer, for the container on port ${each.value}"
  source_security_group_id = aws_security_group.balancer.id
  protocol                 = "tcp"
  from_port                = each.value
  to_port                  = each.value
}

resource "aws_security_group_rule" "to_registry" {
  type              = "egress"
  security_group_id = aws_security_group.instance.id
  description       = "Packages, images and Systems Manager"
  cidr_blocks       = ["0.0.0.0/0"]
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
}
