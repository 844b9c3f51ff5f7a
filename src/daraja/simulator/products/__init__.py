"""The products of Daraja that the simulator has, a file or folder each."""
