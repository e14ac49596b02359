"""What people read: figures, pages and notebooks."""
