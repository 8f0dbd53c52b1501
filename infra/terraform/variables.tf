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

variable "container_key" {
  description = "The load balancer's own secret (parameter ContainerKey of infra/site.yaml, and not its EdgeKey): who does not know it is refused."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{24,}$", var.container_key))
    error_message = "The load balancer's secret has 24 letters, digits, hyphens or underscores, or more."
  }
}

variable "origin_name" {
  description = "The load balancer's name in the DNS, such as origin.example.org, which the certificate is for; empty without https."
  type        = string
  default     = ""

  validation {
    condition     = (var.origin_name == "") == var.insecure_http
    error_message = "The origin has a name of yours and a certificate for it, or insecure_http = true."
  }
}

variable "certificate_arn" {
  description = "A certificate for origin_name in this region; empty without https."
  type        = string
  default     = ""

  validation {
    condition     = (var.certificate_arn == "") == var.insecure_http
    error_message = "https from the distribution needs certificate_arn; without it, say insecure_http = true."
  }
}

variable "insecure_http" {
  description = "Let the distribution speak plain http to the load balancer: pages, and the secret, can be read on the way."
  type        = bool
  default     = false
}

variable "repository_arn" {
  description = "The ECR repository that the instance may pull from; empty where the image is public."
  type        = string
  default     = ""
}
