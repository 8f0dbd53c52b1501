variable "region" {
  description = "Where the containers run."
  type        = string
  default     = "us-east-1"
}

variable "name" {
  description = "What everything here is called."
  type        = string
  default     = "tidepost"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "Two to 21 lower-case letters, digits and hyphens: a load balancer's name is short."
  }
}

variable "vpc_id" {
  description = "The network, such as the account's default VPC."
  type        = string
}

variable "subnet_ids" {
  description = "Public subnets of the network, in two availability zones at least."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "A load balancer needs subnets in two availability zones."
  }
}

variable "import_network" {
  description = "Take the network's default security group over, and close it."
  type        = bool
  default     = false
}

variable "default_security_group_id" {
  description = "The network's default security group, needed for import_network."
  type        = string
  default     = ""
}

variable "image" {
  description = "The site's image with its tag or digest, such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/tidepost:abc123."
  type        = string
}

variable "ami_id" {
  description = "The machine image; empty for the newest Amazon Linux 2023 for arm64."
  type        = string
  default     = ""
}

variable "instance_type" {
  description = "Of the arm64 kind, as the machine image is."
  type        = string
  default     = "t4g.micro"
}

variable "edge_key" {
  description = "The distribution's secret (parameter EdgeKey of infra/site.yaml): who does not know it is refused."
  type        = string
  sensitive   = true

  validation {
    condition     = length(var.edge_key) >= 24
    error_message = "The distribution's secret has 24 characters or more."
  }
}

variable "certificate_arn" {
  description = "A certificate in this region, for https from the distribution; empty for http."
  type        = string
  default     = ""
}

variable "repository_arn" {
  description = "The ECR repository that the instance may pull from; empty where the image is public."
  type        = string
  default     = ""
}
