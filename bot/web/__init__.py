"""The pages, and Gradio, which serves them. Nothing else of the project imports it."""
