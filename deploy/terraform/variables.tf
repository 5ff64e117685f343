variable "layer_zip" {
  description = "What `telesieve bundle` or `cargo xtask dist` wrote for the architecture"
  type        = string
}

variable "architecture" {
  description = "x86_64 or arm64, as the zip says"
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "The architecture is x86_64 or arm64."
  }
}

variable "functions" {
  description = "The functions that get the layer, by name"
  type = map(object({
    filename    = string
    handler     = string
    runtime     = string
    memory_size = optional(number, 256)
    timeout     = optional(number, 10)
  }))
}

variable "opensearch_url" {
  description = "Endpoint of the domain, https:// included"
  type        = string
}

variable "opensearch_domain_arn" {
  description = "ARN of the domain; the functions may create documents in it and nothing else"
  type        = string
}

variable "index" {
  description = "Data stream that `telesieve setup` made"
  type        = string
  default     = "telesieve-logs"
}

variable "pushgateway_url" {
  description = "Base URL of a gateway that the functions can reach; null if there is none"
  type        = string
  default     = null
}

variable "cloudwatch_logs" {
  description = "false: the functions may not write to CloudWatch Logs. See docs/deploying.md first"
  type        = bool
  default     = true
}
