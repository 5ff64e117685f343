output "layer_arn" {
  description = "Names one version of the layer. Pin it, and roll back by naming the one before"
  value       = aws_lambda_layer_version.telesieve.arn
}
