"""What Prometheus is told: docs/operations.md has every name.

`counted` holds what processes count as they work, `state` what is read when somebody
asks, `exposition` puts both into the text that the middleware answers with.
"""
