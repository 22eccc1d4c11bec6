/// Which columns that were read each column of a result comes from, and how.
package struct ColumnLineage: Sendable, Equatable {
    /// A column of the result.
    package struct Column: Sendable, Equatable {
        /// Its name.
        package let name: String
        /// What it alone comes from, by table and column.
        package let sources: [Source]

        package init(name: String, sources: [Source]) {
            self.name = name
            self.sources = sources
        }
    }

    /// A column that was read.
    package struct Source: Sendable, Equatable {
        /// The table's name.
        package let table: String
        /// The column's name.
        package let column: String
        /// What it is to the result, in the order of `ColumnTransformation`.
        package let transformations: [ColumnTransformation]

        package init(table: String, column: String, transformations: [ColumnTransformation]) {
            self.table = table
            self.column = column
            self.transformations = transformations
        }
    }

    /// The result's columns, in order.
    package let columns: [Column]
    /// What all of the result depends on: which rows there are, and their order.
    package let dataset: [Source]
    /// What could not be found out, in sentences: where there are some, sources may be missing.
    package let unresolved: [String]

    package init(columns: [Column], dataset: [Source], unresolved: [String] = []) {
        self.columns = columns
        self.dataset = dataset
        self.unresolved = unresolved
    }
}
