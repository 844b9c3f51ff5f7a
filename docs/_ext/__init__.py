"""What these pages need beside Sphinx: pictures and tables of the library's own, and what checks links and spelling."""
