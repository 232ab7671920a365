"""The pages, in Gradio. Nothing else of the project imports it."""
