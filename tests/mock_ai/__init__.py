"""mock_ai"""
