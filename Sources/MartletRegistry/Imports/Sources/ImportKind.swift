import MartletCore

/// What an import brings, in the order in which it does: what is named before what names it.
package enum ImportKind: String, Sendable, CaseIterable {
    case experiments, runs
    case loggedModels = "logged models"
    case registeredModels = "registered models"
    case traces
    case evaluationDatasets = "evaluation datasets"

    /// What is brought is marked by this in the table of imports.
    var mark: String { rawValue }
}

/// A record that cannot be brought, or a part of one, and why.
package struct ImportFlaw: Sendable, Equatable {
    package var kind: ImportKind
    package var key: String
    /// With the file and the line, where there are such.
    package var reason: String
}

/// Records of one kind, and those of them that cannot be read.
struct SourceBatch<Element: Sendable>: Sendable {
    var elements: [Element] = []
    var flaws: [ImportFlaw] = []
    /// Lines that are no points, of records that are whole without them.
    var lineFlaws = ImportFlaws<ImportFlaw>()

    /// Reads each of some keys. A key whose record is broken becomes a flaw.
    static func reading(
        _ kind: ImportKind, _ keys: [String], _ read: (String) throws -> Element?
    ) throws -> SourceBatch {
        var batch = SourceBatch()
        for key in keys {
            do {
                if let element = try read(key) { batch.elements.append(element) }
            } catch let error as MartletError where error.code == .invalidInput || error.code == .limitExceeded || error.code == .notFound {
                batch.flaws.append(ImportFlaw(kind: kind, key: key, reason: error.message))
            }
        }
        return batch
    }
}
