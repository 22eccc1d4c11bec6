/// A group of runs. Times are milliseconds since 1970 UTC, as MLflow has them.
package struct Experiment: Sendable, Equatable {
    /// 0 is the experiment `Default`, which every store has.
    package var id: Int64
    package var name: String
    package var artifactLocation: String
    package var stage: LifecycleStage
    package var createdAt: Int64
    package var updatedAt: Int64
    /// In the order in which they were first set.
    package var tags: [KeyedText]

    /// Makes an experiment.
    package init(
        id: Int64, name: String, artifactLocation: String, stage: LifecycleStage = .active, createdAt: Int64, updatedAt: Int64,
        tags: [KeyedText] = []
    ) {
        self.id = id
        self.name = name
        self.artifactLocation = artifactLocation
        self.stage = stage
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.tags = tags
    }
}

/// Whether something is in use or was deleted; what was deleted can be restored.
package enum LifecycleStage: String, Sendable, CaseIterable { case active, deleted }

/// Which stages are looked at.
package enum StageView: Int, Sendable, CaseIterable { case activeOnly = 1, deletedOnly, all }

/// A parameter or a tag.
package struct KeyedText: Sendable, Equatable, Hashable {
    package var key: String
    package var value: String

    /// Makes one.
    package init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }
}
