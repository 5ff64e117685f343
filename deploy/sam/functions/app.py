"""Two functions that know nothing of telesieve: what they print is what it reads."""

import json


def checkout(event, context):
    print(json.dumps({"level": "INFO", "message": "order placed", "orderId": 7733, "customer": {"email": "jane.doe@example.com"}}))
    return {"statusCode": 200}


def refund(event, context):
    print("refunded card 4111 1111 1111 1111")
    return {"statusCode": 200}
