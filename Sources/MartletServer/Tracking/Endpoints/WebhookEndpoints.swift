import MartletRegistry

/// The endpoints of webhooks.
struct WebhookEndpoints: Sendable {
    let store: WebhookStore
    let notifier: WebhookNotifier

    /// All of them.
    var all: [TrackingEndpoint] { webhooks + changes + [test] }

    private static let path = "webhooks/{webhook_id}"

    private var webhooks: [TrackingEndpoint] {
        [
            TrackingEndpoint(.post, "webhooks", .createWebhook) { [store] fields in
                let draft = WebhookDraft(
                    name: fields.text(.name) ?? "", url: fields.text(.url) ?? "", events: try fields.webhookEvents(),
                    description: fields.text(.description), secret: fields.text(.secret).flatMap(WebhookSecret.init),
                    status: fields.webhookStatus ?? .active)
                return JSONOutput.webhook(try await store.create(draft))
            },
            TrackingEndpoint(.get, "webhooks", .listWebhooks) { [store] fields in
                let offset = try fields.offset()
                let page = try await store.webhooks(limit: fields.limit(.maxResults32), offset: offset)
                return JSONOutput.webhooks(page.elements, next: page.nextToken(offset: offset))
            },
            TrackingEndpoint(.get, Self.path, .getWebhook) { [store] in
                JSONOutput.webhook(try await store.webhook(try $0.webhook()))
            },
        ]
    }

    private var changes: [TrackingEndpoint] {
        [
            TrackingEndpoint(.patch, Self.path, .updateWebhook) { [store] fields in
                var change = WebhookChange()
                change.name = fields.text(.name).flatMap { $0.isEmpty ? nil : $0 }
                change.url = fields.text(.url).flatMap { $0.isEmpty ? nil : $0 }
                change.events = try fields.webhookEvents()
                change.description = fields.text(.description)
                change.secret = fields.text(.secret)
                change.status = fields.webhookStatus
                return JSONOutput.webhook(try await store.update(try fields.webhook(), change))
            },
            TrackingEndpoint(Self.path, .getWebhook, method: .delete) { [store] in try await store.delete(try $0.webhook()) },
        ]
    }

    private var test: TrackingEndpoint {
        TrackingEndpoint(.post, Self.path + "/test", .testWebhook) { [store, notifier] fields in
            let event = try fields.message(.webhookEvent)?.webhookEvent()
            return JSONOutput.webhookTest(try await notifier.test(try await store.webhook(try fields.webhook()), event: event))
        }
    }
}

extension RequestFields {
    /// The webhook that the path names.
    fileprivate func webhook() throws -> String { try parameters.string("webhook_id") }

    fileprivate func webhookEvents() throws -> [WebhookEvent] { try messages(.webhookEvents) { try $0.webhookEvent() } }

    /// MLflow answers an entity or an action that it does not know with status 500.
    fileprivate func webhookEvent() throws(TrackingFault) -> WebhookEvent {
        guard let entity = enumeration(.webhookEntity), let action = enumeration(.webhookAction) else {
            throw TrackingFault(
                .invalidParameterValue, "Invalid webhook event: expected an entity and an action, such as MODEL_VERSION and CREATED.")
        }
        return try WebhookEvent(WebhookEvent.Entity.allCases[entity - 1], WebhookEvent.Action.allCases[action - 1])
    }

    fileprivate var webhookStatus: Webhook.Status? { enumeration(.webhookStatus).map { Webhook.Status.allCases[$0 - 1] } }
}

extension MessageField {
    static let url = MessageField("url")
    static let secret = MessageField("secret")
    static let webhookStatus = MessageField("status", nil, .enumeration(["ACTIVE", "DISABLED"]))
    /// In the order of `WebhookEvent.Entity`.
    static let webhookEntity = MessageField(
        "entity", nil,
        .enumeration([
            "REGISTERED_MODEL", "MODEL_VERSION", "MODEL_VERSION_TAG", "MODEL_VERSION_ALIAS", "PROMPT", "PROMPT_VERSION", "PROMPT_TAG",
            "PROMPT_VERSION_TAG", "PROMPT_ALIAS", "BUDGET_POLICY",
        ]))
    /// In the order of `WebhookEvent.Action`.
    static let webhookAction = MessageField("action", nil, .enumeration(["CREATED", "UPDATED", "DELETED", "SET", "EXCEEDED"]))
    static let webhookEvent = MessageField("event", nil, .message(.webhookEvent))
    static let webhookEvents = MessageField("events", nil, .message(.webhookEvent), repeated: true)
}

extension MessageShape {
    static let webhookEvent = MessageShape([.webhookEntity, .webhookAction])
}
