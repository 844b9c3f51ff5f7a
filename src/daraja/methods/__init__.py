"""The methods of the client, a file per group of products. A product is loaded when its method is called."""
