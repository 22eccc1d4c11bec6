"""What the steps of this example share."""
