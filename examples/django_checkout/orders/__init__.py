"""What is bought."""
