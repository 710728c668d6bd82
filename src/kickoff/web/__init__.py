"""What does a person see?

The pages' templates, styles and scripts lie here; set-up puts the locked player and plot library into `vendor/`.
"""
