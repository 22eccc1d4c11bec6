/// Where the registry tells of what happens in it. Times are milliseconds since 1970 UTC.
package struct Webhook: Sendable, Equatable {
    package enum Status: String, Sendable, CaseIterable { case active = "ACTIVE", disabled = "DISABLED" }

    /// A UUID.
    package var id: String
    package var name: String
    package var description: String?
    package var url: String
    /// By entity and action, as texts.
    package var events: [WebhookEvent]
    package var status: Status
    package var createdAt: Int64
    package var updatedAt: Int64
    /// What signs deliveries; `nil` where they are not signed. See `WebhookStore.secret(of:)`.
    package var secret: SealedSecret?

    /// Makes one.
    package init(
        id: String, name: String, description: String? = nil, url: String, events: [WebhookEvent], status: Status = .active,
        createdAt: Int64, updatedAt: Int64, secret: SealedSecret? = nil
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.url = url
        self.events = events
        self.status = status
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.secret = secret
    }
}

/// A secret as it is kept, which only the key that it was sealed with opens.
package struct SealedSecret: Sendable, Equatable {
    /// As the table has it.
    let text: String
}

/// A secret, which no text shows.
package struct WebhookSecret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let text: String

    /// `nil` for an empty text.
    package init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        self.text = text
    }

    package var description: String { "(secret)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What can happen, and to what.
package struct WebhookEvent: Sendable, Hashable {
    package enum Entity: String, Sendable, CaseIterable {
        case registeredModel = "registered_model"
        case modelVersion = "model_version"
        case modelVersionTag = "model_version_tag"
        case modelVersionAlias = "model_version_alias"
        case prompt
        case promptVersion = "prompt_version"
        case promptTag = "prompt_tag"
        case promptVersionTag = "prompt_version_tag"
        case promptAlias = "prompt_alias"
        case budgetPolicy = "budget_policy"

        /// By name.
        package var actions: [Action] {
            switch self {
            case .registeredModel, .modelVersion, .prompt, .promptVersion: [.created]
            case .modelVersionTag, .promptTag, .promptVersionTag: [.deleted, .set]
            case .modelVersionAlias, .promptAlias: [.created, .deleted]
            case .budgetPolicy: [.exceeded]
            }
        }
    }

    package enum Action: String, Sendable, CaseIterable { case created, updated, deleted, set, exceeded }

    package let entity: Entity
    package let action: Action

    /// - Throws: where nothing of that kind happens to such a thing.
    package init(_ entity: Entity, _ action: Action) throws(TrackingFault) {
        guard entity.actions.contains(action) else {
            throw TrackingFault(
                .invalidParameterValue,
                "Invalid action '\(action.rawValue)' for entity '\(entity.rawValue)'. Valid actions are: "
                    + PythonText.list(entity.actions.map(\.rawValue)))
        }
        self.init(known: entity, action)
    }

    /// Makes one of what can happen.
    init(known entity: Entity, _ action: Action) {
        precondition(entity.actions.contains(action))
        (self.entity, self.action) = (entity, action)
    }
}

/// What a client tells of a new webhook.
package struct WebhookDraft: Sendable, Equatable {
    package var name: String
    package var url: String
    package var events: [WebhookEvent]
    package var description: String?
    package var secret: WebhookSecret?
    package var status: Webhook.Status

    /// Makes one.
    package init(
        name: String, url: String, events: [WebhookEvent], description: String? = nil, secret: WebhookSecret? = nil,
        status: Webhook.Status = .active
    ) {
        self.name = name
        self.url = url
        self.events = events
        self.description = description
        self.secret = secret
        self.status = status
    }
}

/// What a client changes of a webhook; what is `nil` stays.
package struct WebhookChange: Sendable, Equatable {
    package var name: String?
    package var url: String?
    /// None change nothing.
    package var events: [WebhookEvent] = []
    /// An empty one is none.
    package var description: String?
    /// An empty one ends the signing.
    package var secret: String?
    package var status: Webhook.Status?

    /// Makes one that changes nothing.
    package init() {}
}
