"""Program × Judgement → Programs: one module per method."""
