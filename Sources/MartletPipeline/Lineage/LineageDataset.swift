package import MartletCore

/// What a step reads or writes.
package struct LineageDataset: Sendable {
    /// Whose name it is; `nil` is the project.
    package var namespace: String?
    /// The dataset's name, or `STEP.OUTPUT`.
    package let name: String
    /// The digest of its content.
    package var version: Digest?
    /// Its columns, in order; empty where it is no table or nobody knows.
    package var fields: [Field]
    package var statistics: Statistics?
    /// What its columns' values look like; empty where nobody looked.
    package var metrics: [ColumnMetrics]
    /// Where an output's columns come from.
    package var columnLineage: ColumnLineage?
    /// The datasets that the tables of `columnLineage` are; one that is missing has its own name in the project.
    package var lineageTables: [String: Reference]

    /// A column.
    package struct Field: Sendable, Equatable {
        package let name: String
        package let type: String?

        package init(name: String, type: String? = nil) {
            self.name = name
            self.type = type
        }
    }

    /// How much there is of it.
    package struct Statistics: Sendable, Equatable {
        package let rowCount: Int?
        package let sizeBytes: Int?
        package let fileCount: Int?

        package init(rowCount: Int? = nil, sizeBytes: Int? = nil, fileCount: Int? = nil) {
            self.rowCount = rowCount
            self.sizeBytes = sizeBytes
            self.fileCount = fileCount
        }
    }

    /// Figures of a column; what is `nil` is left out, and so is what is not finite.
    package struct ColumnMetrics: Sendable, Equatable {
        package let name: String
        /// How many values are there.
        package let count: Int?
        package let nullCount: Int?
        package let distinctCount: Int?
        package let minimum: Double?
        package let maximum: Double?
        /// By their shares, such as 0.5.
        package let quantiles: [Double: Double]

        package init(
            name: String, count: Int? = nil, nullCount: Int? = nil, distinctCount: Int? = nil, minimum: Double? = nil,
            maximum: Double? = nil, quantiles: [Double: Double] = [:]
        ) {
            self.name = name
            self.count = count
            self.nullCount = nullCount
            self.distinctCount = distinctCount
            self.minimum = minimum
            self.maximum = maximum
            self.quantiles = quantiles
        }
    }

    /// A dataset by its names.
    package struct Reference: Sendable, Equatable {
        package let namespace: String
        package let name: String

        package init(namespace: String, name: String) {
            self.namespace = namespace
            self.name = name
        }
    }

    package init(
        namespace: String? = nil, name: String, version: Digest? = nil, fields: [Field] = [], statistics: Statistics? = nil,
        metrics: [ColumnMetrics] = [], columnLineage: ColumnLineage? = nil, lineageTables: [String: Reference] = [:]
    ) {
        self.namespace = namespace
        self.name = name
        self.version = version
        self.fields = fields
        self.statistics = statistics
        self.metrics = metrics
        self.columnLineage = columnLineage
        self.lineageTables = lineageTables
    }
}
