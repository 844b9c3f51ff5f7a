"""What templates of this shop can say."""
