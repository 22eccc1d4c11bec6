/// A run as MLflow's clients see it: what it is, what it logged, what went in and came out. Times are milliseconds since 1970 UTC.
package struct TrackedRun: Sendable, Equatable {
    package enum Status: Int, Sendable, CaseIterable { case running = 1, scheduled, finished, failed, killed }

    /// What a run is, apart from what it logged.
    package struct Info: Sendable, Equatable {
        /// 32 lower-case hexadecimal digits.
        package var id: String
        package var experiment: Int64
        package var name: String
        package var user: String
        package var status: Status
        /// 0 where the client told none.
        package var startedAt: Int64
        package var endedAt: Int64?
        package var artifactURI: String
        package var stage: LifecycleStage

        /// Makes one.
        package init(
            id: String, experiment: Int64, name: String, user: String, status: Status, startedAt: Int64, endedAt: Int64?,
            artifactURI: String, stage: LifecycleStage
        ) {
            self.id = id
            self.experiment = experiment
            self.name = name
            self.user = user
            self.status = status
            self.startedAt = startedAt
            self.endedAt = endedAt
            self.artifactURI = artifactURI
            self.stage = stage
        }
    }

    package var info: Info
    /// The latest value of each metric.
    package var metrics: [LoggedMetric] = []
    package var parameters: [KeyedText] = []
    package var tags: [KeyedText] = []
    package var datasets: [DatasetInput] = []
    /// Logged models that the run used.
    package var modelInputs: [String] = []
    package var modelOutputs: [ModelOutput] = []

    /// Makes a run that has logged nothing.
    package init(_ info: Info) { self.info = info }
}

/// One value of a metric. Infinities are kept as the largest finite numbers, as MLflow keeps them.
package struct LoggedMetric: Sendable, Equatable {
    package var key: String
    package var value: Double
    /// When it was measured.
    package var at: Int64
    package var step: Int64

    /// Makes a value.
    package init(_ key: String, _ value: Double, at: Int64, step: Int64 = 0) {
        self.key = key
        self.value = value
        self.at = at
        self.step = step
    }
}

/// Data that a run read.
package struct DatasetInput: Sendable, Equatable {
    package var name: String
    package var digest: String
    package var sourceType: String
    package var source: String
    package var schema: String?
    package var profile: String?
    package var tags: [KeyedText]

    /// Makes one.
    package init(
        name: String, digest: String, sourceType: String, source: String, schema: String? = nil, profile: String? = nil, tags: [KeyedText] = []
    ) {
        self.name = name
        self.digest = digest
        self.sourceType = sourceType
        self.source = source
        self.schema = schema
        self.profile = profile
        self.tags = tags
    }
}

/// A logged model that a run made.
package struct ModelOutput: Sendable, Equatable {
    package var model: String
    package var step: Int64

    /// Makes one.
    package init(_ model: String, step: Int64) {
        self.model = model
        self.step = step
    }
}
