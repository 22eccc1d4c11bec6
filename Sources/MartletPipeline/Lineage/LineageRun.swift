package import MartletCore

/// One run of a pipeline, as events tell of it.
package struct LineageRun: Sendable {
    /// The run's name in Martlet's records. Equal ones have equal UUIDs.
    package let id: String
    /// The namespace of its jobs.
    package let project: String
    /// The job's name.
    package let pipeline: String
    /// Who pays for it.
    package var owner: String?
    /// The time that the run stands for, where a schedule or a backfill began it.
    package var nominalTime: NominalTime?
    /// The version of Martlet.
    package let engineVersion: String

    /// The times that a run stands for, not those at which it ran.
    package struct NominalTime: Sendable, Equatable {
        package let start: Timestamp
        package let end: Timestamp?

        package init(start: Timestamp, end: Timestamp? = nil) {
            self.start = start
            self.end = end
        }
    }

    package init(
        id: String, project: String, pipeline: String, owner: String? = nil, nominalTime: NominalTime? = nil, engineVersion: String
    ) {
        self.id = id
        self.project = project
        self.pipeline = pipeline
        self.owner = owner
        self.nominalTime = nominalTime
        self.engineVersion = engineVersion
    }
}

/// One step of a run, whatever the count of its attempts.
package struct LineageStep: Sendable {
    /// The step's name, such as `clean`; the job is named `PIPELINE.clean`.
    package let name: String
    /// Which instance of it, such as `month=1`: another run of the same job.
    package var instance: String?
    /// What kind of step it is, such as `command` or `train`.
    package var kind: String
    /// Who pays for it, where that is somebody else than the run's owner.
    package var owner: String?
    /// The query that it runs.
    package var sql: SQL?
    /// Where its code is, where that is known.
    package var sourceCode: SourceCode?
    /// The key of its outputs.
    package var key: Digest?
    /// Why it ran.
    package var reasons: [String]
    /// What it used, such as `{"cpu_seconds": 3}`.
    package var usage: JSONValue?
    package var inputs: [LineageDataset]
    package var outputs: [LineageDataset]

    /// A query and its dialect, such as `duckdb`.
    package struct SQL: Sendable, Equatable {
        package let query: String
        package let dialect: String

        package init(query: String, dialect: String = "duckdb") {
            self.query = query
            self.dialect = dialect
        }
    }

    /// A place in version control.
    package struct SourceCode: Sendable, Equatable {
        /// Such as `git`.
        package let type: String
        /// A URL of the file or folder.
        package let url: String
        /// The path in the repository.
        package let path: String?
        /// The commit.
        package let version: String?

        package init(type: String = "git", url: String, path: String? = nil, version: String? = nil) {
            self.type = type
            self.url = url
            self.path = path
            self.version = version
        }
    }

    package init(
        name: String, instance: String? = nil, kind: String, owner: String? = nil, sql: SQL? = nil, sourceCode: SourceCode? = nil,
        key: Digest? = nil, reasons: [String] = [], usage: JSONValue? = nil, inputs: [LineageDataset] = [],
        outputs: [LineageDataset] = []
    ) {
        self.name = name
        self.instance = instance
        self.kind = kind
        self.owner = owner
        self.sql = sql
        self.sourceCode = sourceCode
        self.key = key
        self.reasons = reasons
        self.usage = usage
        self.inputs = inputs
        self.outputs = outputs
    }
}

/// Where a run or a step has come to.
package enum LineageState: Sendable, Equatable {
    case started
    case completed
    /// With the message, and the language of what failed.
    case failed(message: String, language: String = "unknown")
    /// Stopped before it was done, by somebody or by a limit.
    case aborted(reason: String?)
}
