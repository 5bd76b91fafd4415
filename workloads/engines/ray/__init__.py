"""The engine `ray`: tasks on a private or an existing Ray cluster."""
