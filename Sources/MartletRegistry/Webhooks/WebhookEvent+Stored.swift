extension WebhookEvent {
    /// What was stored; `nil` for what a newer martlet wrote.
    init?(stored entity: String, _ action: String) {
        guard let entity = Entity(rawValue: entity), let action = Action(rawValue: action), entity.actions.contains(action) else {
            return nil
        }
        self.init(known: entity, action)
    }
}
