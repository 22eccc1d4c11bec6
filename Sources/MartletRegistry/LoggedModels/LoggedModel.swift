/// A model as MLflow 3 logs it: apart from runs, with a name, files, parameters, tags and metrics of its own. Times are milliseconds
/// since 1970 UTC.
package struct LoggedModel: Sendable, Equatable {
    /// The raw value is MLflow's number of it.
    package enum Status: Int, Sendable, CaseIterable { case unspecified, pending, ready, uploadFailed }

    /// `m-` and 32 lower-case hexadecimal digits.
    package var id: String
    package var experiment: Int64
    /// Several models may have the same.
    package var name: String
    package var artifactURI: String
    package var createdAt: Int64
    package var updatedAt: Int64
    package var status: Status
    package var stage: LifecycleStage
    /// Empty where the client told none.
    package var type: String
    /// The run that made it; empty where the client told none. It need not exist.
    package var sourceRun: String
    /// By key.
    package var tags: [KeyedText] = []
    /// By key.
    package var parameters: [KeyedText] = []
    /// All points, by key, time, step and run.
    package var metrics: [LoggedModelMetric] = []
}

/// One value of a metric of a logged model. NaN is kept as 0, as MLflow keeps it.
package struct LoggedModelMetric: Sendable, Equatable {
    package var metric: LoggedMetric
    /// The run that logged it.
    package var run: String
    /// The data that it was measured on.
    package var dataset: Dataset

    /// A dataset by what a client told of it; it need not be known.
    package struct Dataset: Sendable, Hashable {
        package var name: String?
        package var digest: String?

        /// Makes one; an empty text is none.
        package init(name: String? = nil, digest: String? = nil) {
            self.name = name.flatMap { $0.isEmpty ? nil : $0 }
            self.digest = digest.flatMap { $0.isEmpty ? nil : $0 }
        }
    }

    /// Makes one.
    package init(_ metric: LoggedMetric, run: String, dataset: Dataset = Dataset()) {
        self.metric = metric
        self.run = run
        self.dataset = dataset
    }
}

/// What a client tells of a model that it begins to log.
package struct LoggedModelDraft: Sendable, Equatable {
    package var experiment: Int64
    /// Made up where there is none.
    package var name: String?
    package var type: String
    package var sourceRun: String
    package var parameters: [KeyedText]
    package var tags: [KeyedText]

    /// Makes one.
    package init(
        experiment: Int64, name: String? = nil, type: String = "", sourceRun: String = "", parameters: [KeyedText] = [],
        tags: [KeyedText] = []
    ) {
        self.experiment = experiment
        self.name = name
        self.type = type
        self.sourceRun = sourceRun
        self.parameters = parameters
        self.tags = tags
    }
}

/// A metric of a run that is a metric of a logged model too.
package struct ModelMetric: Sendable, Equatable {
    package var model: String
    package var metric: LoggedMetric
    package var dataset: LoggedModelMetric.Dataset

    /// Makes one.
    package init(_ model: String, _ metric: LoggedMetric, dataset: LoggedModelMetric.Dataset = LoggedModelMetric.Dataset()) {
        self.model = model
        self.metric = metric
        self.dataset = dataset
    }
}
