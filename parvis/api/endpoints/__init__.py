"""The API's endpoints, one file per family. routes.py says which path calls which."""
