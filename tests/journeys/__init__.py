"""Whole journeys of real clients against a running square."""
