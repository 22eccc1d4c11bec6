import MartletRegistry

/// Tells webhooks what became of registered models, as far as MLflow has events of it. Prompts have events of their own.
struct RegistryEvents: Sendable {
    let registry: ModelRegistry
    let notifier: WebhookNotifier

    func created(_ model: RegisteredModel) {
        let (tags, isPrompt) = PromptRules.split(model.tags)
        notifier.notify(
            isPrompt
                ? .promptCreated(name: model.name, tags: tags, description: model.description)
                : .registeredModelCreated(name: model.name, tags: tags, description: model.description))
    }

    /// - Parameter run: that the client named.
    func created(_ version: ModelVersion, run: String?) {
        let (tags, isPrompt) = PromptRules.split(version.tags)
        let number = String(version.version)
        let description = version.description.flatMap { $0.isEmpty ? nil : $0 }
        notifier.notify(
            isPrompt
                ? .promptVersionCreated(
                    name: version.model, version: number, template: PromptRules.template(version.tags), tags: tags,
                    description: description)
                : .modelVersionCreated(
                    name: version.model, version: number, source: version.source, run: run, tags: tags, description: description))
    }

    /// Tags of models have no events, only those of prompts.
    func set(_ tag: KeyedText, model: String) async throws {
        if try await registry.isPrompt(model) { notifier.notify(.promptTagSet(name: model, tag: tag)) }
    }

    func deletedTag(_ key: String, model: String) async throws {
        if try await registry.isPrompt(model) { notifier.notify(.promptTagDeleted(name: model, key: key)) }
    }

    func set(_ tag: KeyedText, _ version: ModelVersionID) async throws {
        let number = String(version.version)
        notifier.notify(
            try await registry.isPrompt(version.model)
                ? .promptVersionTagSet(name: version.model, version: number, tag: tag)
                : .modelVersionTagSet(name: version.model, version: number, tag: tag))
    }

    func deletedTag(_ key: String, _ version: ModelVersionID) async throws {
        let number = String(version.version)
        notifier.notify(
            try await registry.isPrompt(version.model)
                ? .promptVersionTagDeleted(name: version.model, version: number, key: key)
                : .modelVersionTagDeleted(name: version.model, version: number, key: key))
    }

    func set(alias: String, _ version: ModelVersionID) async throws {
        let number = String(version.version)
        notifier.notify(
            try await registry.isPrompt(version.model)
                ? .promptAliasCreated(name: version.model, alias: alias, version: number)
                : .modelVersionAliasCreated(name: version.model, alias: alias, version: number))
    }

    func deleted(alias: String, of model: String) async throws {
        notifier.notify(
            try await registry.isPrompt(model)
                ? .promptAliasDeleted(name: model, alias: alias) : .modelVersionAliasDeleted(name: model, alias: alias))
    }
}
