"""Hugging Face: trainers, text generation, and models with smaller counterparts."""
