"""Real lanes. A package, so that the Ray that its tests share ends with the last of them."""
