/// What the endpoints of webhooks take.
extension EndpointSchema {
    static let createWebhook = EndpointSchema(
        [.name, .url, .webhookEvents, .description, .secret, .webhookStatus],
        CheckedField("name", .text, .required), CheckedField("url", .text, .required), CheckedField("events", .array, .required),
        CheckedField("description", .text), CheckedField("secret", .text), CheckedField("status", .text))

    static let listWebhooks = EndpointSchema(
        [.maxResults32, .pageToken], CheckedField("max_results", .integerLike), CheckedField("page_token", .text))

    static let getWebhook = EndpointSchema([])

    static let updateWebhook = EndpointSchema(
        [.name, .url, .webhookEvents, .description, .secret, .webhookStatus],
        CheckedField("name", .text), CheckedField("description", .text), CheckedField("url", .text), CheckedField("events", .array),
        CheckedField("secret", .text), CheckedField("status", .text))

    static let testWebhook = EndpointSchema([.webhookEvent])
}
