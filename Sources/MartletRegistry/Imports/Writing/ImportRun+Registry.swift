import MartletCore
import MartletStore

/// Registered models with their versions, whose numbers, times and stages stay.
extension ImportRun {
    mutating func bringRegisteredModels(_ keys: FreshKeys) async throws {
        let batch = try await source.registeredModels(keys.records)
        leaveOut(.registeredModels, batch.flaws)
        for source in batch.elements { try await bring(source) }
    }

    private mutating func bring(_ source: SourceRegisteredModel) async throws {
        let (now, isDry) = (tracking.now, isDry)
        let note = ChangeNote(who: "martlet import", why: "brought from \(self.source.name)".prefixed(ChangeNote.whyLengthMax))
        let bring: @Sendable (TrackingSession, ImportMarks) throws -> (isNew: Bool, keptSources: Int) = { session, marks in
            let isNew = try session.optionalModelPlace(source.model.name) == nil
            var kept = 0
            if !isDry, isNew { kept = try session.bring(source, marks, session.stamp(note, now: now)) }
            if !isDry { try marks.set(ImportMark(), ImportKind.registeredModels.mark, source.model.name) }
            return (isNew, kept)
        }
        let outcome = isDry ? try await read(bring) : try await write(bring)
        var versions = report[ImportReport.versions]
        versions.found += source.versions.count + source.deletedCount
        versions.leftOut += source.deletedCount
        versions.brought += outcome.isNew ? source.versions.count : 0
        versions.present += outcome.isNew ? 0 : source.versions.count
        report[ImportReport.versions] = versions
        report[ImportKind.registeredModels.rawValue].brought += outcome.isNew ? 1 : 0
        report[ImportKind.registeredModels.rawValue].present += outcome.isNew ? 0 : 1
        report.note("versions that were deleted in the source; their numbers are not given again", source.deletedCount)
        report.note("versions whose sources are of no run or model that was brought, and stay as they are", outcome.keptSources)
    }
}

extension String {
    /// At most so many characters.
    fileprivate func prefixed(_ count: Int) -> String { String(prefix(count)) }
}

// MARK: - Within a read or write

extension TrackingSession {
    /// A model of the same name that was not made at the same time is another one.
    func conflict(with source: SourceRegisteredModel, _ marks: ImportMarks) throws -> String? {
        let name = source.model.name
        guard try marks.mark(ImportKind.registeredModels.mark, name) == nil else { return nil }
        let created = try connection.first("SELECT created_at FROM registered_models WHERE name = ?", [.text(name)]) { $0.integer(0) }
        guard let created, created != source.model.createdAt else { return nil }
        return "the home has another registered model '\(name)'"
    }

    /// - Returns: how many versions keep the source that they had.
    fileprivate func bring(_ source: SourceRegisteredModel, _ marks: ImportMarks, _ stamp: ChangeStamp) throws -> Int {
        let model = source.model
        let number = try connection.first(
            """
            INSERT INTO registered_models (name, description, created_at, updated_at, version_count) VALUES (?, ?, ?, ?, ?)
            RETURNING number
            """,
            [
                .text(model.name), .optional(model.description), .integer(model.createdAt), .integer(model.updatedAt),
                .integer(source.versionCount),
            ]
        ) { $0.integer(0) }
        guard let number else { throw TrackingFault(.internalError, "the database gave model '\(model.name)' no number; try again") }
        let place = ModelPlace(number, model.name)
        for tag in model.tags { try setModelTag(tag, number) }
        try record(.modelCreated, place, stamp)
        var numbers: [Int64: Int64] = [:]
        var keptCount = 0
        for version in source.versions {
            let addresses = VersionAddresses(version, marks)
            let (row, isKept) = try bring(version, addresses, place, stamp)
            numbers[version.version.version] = row
            keptCount += isKept ? 1 : 0
        }
        for alias in model.aliases {
            // Of a version that was deleted there is none.
            guard let row = numbers[alias.version] else { continue }
            try connection.execute(
                "INSERT INTO registered_model_aliases (model, alias, version) VALUES (?, ?, ?)",
                [.integer(number), .text(alias.name), .integer(row)])
            try record(.aliasSet, place, version: alias.version, alias: alias.name, present: String(alias.version), stamp)
        }
        return keptCount
    }

    private func bring(
        _ source: SourceRegisteredModel.Version, _ addresses: VersionAddresses, _ place: ModelPlace, _ stamp: ChangeStamp
    ) throws -> (row: Int64, isKept: Bool) {
        let version = source.version
        let (address, isKept) = try addresses.moved(version.source)
        let storage = try source.storage.map { try addresses.moved($0).address }
        let row = try connection.first(
            """
            INSERT INTO model_versions (
                model, version, created_at, updated_at, description, stage, source, storage, run, run_link, logged_model
            ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number
            """,
            [
                .integer(place.number), .integer(version.version), .integer(version.createdAt), .integer(version.updatedAt),
                .optional(version.description), .integer(version.stage.rawValue), .text(address),
                .optional(storage == address ? nil : storage), .optional(version.run), .text(version.runLink),
                .optional(addresses.loggedModel),
            ]
        ) { $0.integer(0) }
        guard let row else { throw TrackingFault(.internalError, "the database gave a version of '\(place.name)' no number; try again") }
        for tag in version.tags { try setVersionTag(tag, row) }
        try record(.versionCreated, place, version: version.version, present: address, stamp)
        if version.stage != .unstaged {
            try record(
                .stageChanged, place, version: version.version, previous: ModelStage.unstaged.name, present: version.stage.name, stamp)
        }
        return (row, isKept)
    }
}

/// Where the files of a version are from now on.
struct VersionAddresses {
    private let marks: ImportMarks
    let loggedModel: String?

    init(_ version: SourceRegisteredModel.Version, _ marks: ImportMarks) {
        self.marks = marks
        let source = version.version.source
        let named: String? = if SourceURL(source).scheme == "models", case .loggedModel(let id) = ModelURI(source) { id } else { nil }
        loggedModel = version.loggedModel ?? named
    }

    /// The address of what lies in the artifacts of a run or a logged model: `…/OWNER/artifacts/…`.
    /// - Returns: also whether it is that of a folder and nobody's.
    func moved(_ uri: String) throws -> (address: String, isKept: Bool) {
        let scheme = ArtifactLocation.scheme(of: uri)
        guard !uri.isEmpty, !ArtifactPlace.isKept(uri), !["models", "runs"].contains(scheme) else { return (uri, false) }
        let path = ArtifactPlace.path(ofProxied: uri) ?? (scheme == "file" ? ArtifactPlace.path(ofFile: uri) ?? uri : uri)
        let parts = path.split(separator: "/")
        for place in parts.indices.dropFirst() where parts[place] == "artifacts" {
            let owner = String(parts[place - 1])
            for kind in [ImportKind.runs, .loggedModels] {
                guard let mark = try marks.mark(kind.mark, owner) else { continue }
                return (([Substring(mark.target)] + parts[(place + 1)...]).joined(separator: "/"), false)
            }
        }
        return (uri, true)
    }
}
