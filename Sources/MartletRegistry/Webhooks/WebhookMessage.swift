package import MartletCore

/// What webhooks are told: an event and what it was about, in MLflow's words and order.
package struct WebhookMessage: Sendable {
    package let event: WebhookEvent
    private let data: [(name: String, value: JSONValue)]

    /// - Parameter data: in the order in which it is written.
    private init(_ entity: WebhookEvent.Entity, _ action: WebhookEvent.Action, _ data: KeyValuePairs<String, JSONValue>) {
        event = WebhookEvent(known: entity, action)
        self.data = data.map { ($0, $1) }
    }

    /// The body of a delivery, as Python's `json.dumps` writes it. - Parameter time: when it is sent.
    package func body(at time: Timestamp) -> [UInt8] {
        let members = data.map { "\(JSONText.quoted($0.name)): \(JSONText.python($0.value))" }.joined(separator: ", ")
        let text = """
            {"entity": "\(event.entity.rawValue)", "action": "\(event.action.rawValue)", \
            "timestamp": "\(time.description.dropLast())+00:00", "data": {\(members)}}
            """
        return Array(text.utf8)
    }

    private static func object(_ tags: [KeyedText]) -> JSONValue {
        .object(Dictionary(tags.map { ($0.key, .string($0.value)) }, uniquingKeysWith: { $1 }))
    }

    private static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    // MARK: Models

    /// A registered model was made.
    package static func registeredModelCreated(name: String, tags: [KeyedText], description: String?) -> WebhookMessage {
        WebhookMessage(
            .registeredModel, .created, ["name": .string(name), "tags": object(tags), "description": .string(description ?? "")])
    }

    /// A version of a registered model was made. - Parameter run: that the client named.
    package static func modelVersionCreated(
        name: String, version: String, source: String, run: String?, tags: [KeyedText], description: String?
    ) -> WebhookMessage {
        WebhookMessage(
            .modelVersion, .created,
            [
                "name": .string(name), "version": .string(version), "source": .string(source), "run_id": text(run), "tags": object(tags),
                "description": text(description),
            ])
    }

    /// A tag of a version was set.
    package static func modelVersionTagSet(name: String, version: String, tag: KeyedText) -> WebhookMessage {
        WebhookMessage(
            .modelVersionTag, .set,
            ["name": .string(name), "version": .string(version), "key": .string(tag.key), "value": .string(tag.value)])
    }

    /// A tag of a version was deleted.
    package static func modelVersionTagDeleted(name: String, version: String, key: String) -> WebhookMessage {
        WebhookMessage(.modelVersionTag, .deleted, ["name": .string(name), "version": .string(version), "key": .string(key)])
    }

    /// An alias was set, also one that was somewhere else before.
    package static func modelVersionAliasCreated(name: String, alias: String, version: String) -> WebhookMessage {
        WebhookMessage(.modelVersionAlias, .created, ["name": .string(name), "alias": .string(alias), "version": .string(version)])
    }

    /// An alias was deleted.
    package static func modelVersionAliasDeleted(name: String, alias: String) -> WebhookMessage {
        WebhookMessage(.modelVersionAlias, .deleted, ["name": .string(name), "alias": .string(alias)])
    }

    // MARK: Prompts

    /// A prompt was made. - Parameter tags: without those that mark it as one.
    package static func promptCreated(name: String, tags: [KeyedText], description: String?) -> WebhookMessage {
        WebhookMessage(.prompt, .created, ["name": .string(name), "tags": object(tags), "description": text(description)])
    }

    /// A version of a prompt was made.
    package static func promptVersionCreated(
        name: String, version: String, template: String?, tags: [KeyedText], description: String?
    ) -> WebhookMessage {
        WebhookMessage(
            .promptVersion, .created,
            [
                "name": .string(name), "version": .string(version), "template": text(template), "tags": object(tags),
                "description": text(description),
            ])
    }

    /// A tag of a prompt was set.
    package static func promptTagSet(name: String, tag: KeyedText) -> WebhookMessage {
        WebhookMessage(.promptTag, .set, ["name": .string(name), "key": .string(tag.key), "value": .string(tag.value)])
    }

    /// A tag of a prompt was deleted.
    package static func promptTagDeleted(name: String, key: String) -> WebhookMessage {
        WebhookMessage(.promptTag, .deleted, ["name": .string(name), "key": .string(key)])
    }

    /// A tag of a prompt's version was set.
    package static func promptVersionTagSet(name: String, version: String, tag: KeyedText) -> WebhookMessage {
        WebhookMessage(
            .promptVersionTag, .set,
            ["name": .string(name), "version": .string(version), "key": .string(tag.key), "value": .string(tag.value)])
    }

    /// A tag of a prompt's version was deleted.
    package static func promptVersionTagDeleted(name: String, version: String, key: String) -> WebhookMessage {
        WebhookMessage(.promptVersionTag, .deleted, ["name": .string(name), "version": .string(version), "key": .string(key)])
    }

    /// An alias of a prompt was set, also one that was somewhere else before.
    package static func promptAliasCreated(name: String, alias: String, version: String) -> WebhookMessage {
        WebhookMessage(.promptAlias, .created, ["name": .string(name), "alias": .string(alias), "version": .string(version)])
    }

    /// An alias of a prompt was deleted.
    package static func promptAliasDeleted(name: String, alias: String) -> WebhookMessage {
        WebhookMessage(.promptAlias, .deleted, ["name": .string(name), "alias": .string(alias)])
    }

    // MARK: Examples

    /// What a test of a webhook sends, as MLflow's does.
    package static func example(of event: WebhookEvent) -> WebhookMessage {
        let tag = KeyedText("example_key", "example_value")
        let (model, prompt, version, alias) = ("example_model", "example_prompt", "1", "example_alias")
        return switch (event.entity, event.action) {
        case (.registeredModel, _): registeredModelCreated(name: model, tags: [tag], description: "An example registered model")
        case (.modelVersion, _):
            modelVersionCreated(
                name: model, version: version, source: "models:/123", run: "abcd1234abcd5678", tags: [tag],
                description: "An example model version")
        case (.modelVersionTag, .set): modelVersionTagSet(name: model, version: version, tag: tag)
        case (.modelVersionTag, _): modelVersionTagDeleted(name: model, version: version, key: tag.key)
        case (.modelVersionAlias, .created): modelVersionAliasCreated(name: model, alias: alias, version: version)
        case (.modelVersionAlias, _): modelVersionAliasDeleted(name: model, alias: alias)
        case (.prompt, _): promptCreated(name: prompt, tags: [tag], description: "An example prompt")
        case (.promptVersion, _):
            promptVersionCreated(
                name: prompt, version: version, template: "Hello {{name}}!", tags: [tag], description: "An example prompt version")
        case (.promptTag, .set): promptTagSet(name: prompt, tag: tag)
        case (.promptTag, _): promptTagDeleted(name: prompt, key: tag.key)
        case (.promptVersionTag, .set): promptVersionTagSet(name: prompt, version: version, tag: tag)
        case (.promptVersionTag, _): promptVersionTagDeleted(name: prompt, version: version, key: tag.key)
        case (.promptAlias, .created): promptAliasCreated(name: prompt, alias: alias, version: version)
        case (.promptAlias, _): promptAliasDeleted(name: prompt, alias: alias)
        // Budgets are not kept here, so that nothing more can be said of one.
        case (.budgetPolicy, _): WebhookMessage(.budgetPolicy, .exceeded, [:])
        }
    }
}
