"""What runs in the limited child process only (isolation.py): everything that looks inside a file somebody sent."""
