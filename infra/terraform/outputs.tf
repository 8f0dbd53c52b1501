output "origin_address" {
  description = "The parameter ContainerOrigin of infra/site.yaml."
  value       = local.secure ? var.origin_name : aws_lb.this.dns_name
}

output "balancer_name" {
  description = "What origin_name points to in the DNS (CNAME, or an ALIAS in Route 53)."
  value       = aws_lb.this.dns_name
}

output "origin_protocol" {
  description = "The parameter ContainerProtocol of infra/site.yaml."
  value       = local.secure ? "https-only" : "http-only"
}

output "group_name" {
  description = "The auto-scaling group whose machine a deploy rolls."
  value       = aws_autoscaling_group.one.name
}
