import MartletStore

/// Where a new version comes from: which source it may have, and which run and logged model it belongs to.
///
/// A client could otherwise make the server read any file, or have a version of artifacts that belong to somebody else's run.
struct VersionOrigin {
    private let draft: ModelVersionDraft
    private let session: TrackingSession
    private let lookup: (any LoggedModelLookup)?

    private(set) var source: String
    private(set) var run: String?
    private(set) var loggedModel: String?
    /// Where the files are, where that is not the source.
    private(set) var storage: String?

    init(_ draft: ModelVersionDraft, _ session: TrackingSession, _ lookup: (any LoggedModelLookup)?) {
        self.draft = draft
        self.session = session
        self.lookup = lookup
        source = draft.source
        run = draft.run ?? ""
        loggedModel = draft.loggedModel
    }

    private var hasLoggedModel: Bool { loggedModel?.isEmpty == false }

    // MARK: Versions of versions

    /// Takes the run of the version that the source names, and its files.
    mutating func resolve() throws {
        let url = SourceURL(source)
        guard url.scheme == "models" else { return }
        guard url.authority.isEmpty else { throw invalid("Registered model sources must use the active model registry.") }
        guard let uri = ModelURI(source) else { throw unidentified(by: "model_id") }
        guard let name = uri.model else { return }
        guard !PromptRules.isPrompt(try session.model(name).tags) else {
            throw invalid("Prompt versions cannot be used as model version sources.")
        }
        let found = try version(uri)
        // To MLflow no version has a logged model of its own.
        guard draft.run ?? found.version.run ?? "" == found.version.run ?? "", draft.loggedModel ?? "" == "" else {
            throw invalid("The run_id and model_id request parameters must match the referenced model version.")
        }
        source = "models:/\(name)/\(found.version.version)"
        run = draft.run ?? found.version.run
        storage = found.location
    }

    private func version(_ uri: ModelURI) throws -> NumberedVersion {
        switch uri {
        case .version(let name, let version): return try session.version(ModelVersionID(name, version))
        case .alias(let name, let alias): return try session.version(alias: alias, of: name)
        case .latest(let name), .stage(let name, _):
            var stage: String?
            if case .stage(_, let given) = uri { stage = given }
            let latest = try session.latestVersions(of: name, stages: stage.map { [$0] } ?? []).last
            guard let latest else {
                throw TrackingFault(
                    .resourceDoesNotExist,
                    "No versions of model with name '\(name)'\(stage.map { " and stage '\($0)'" } ?? "") found")
            }
            return try session.version(ModelVersionID(name, latest.version))
        case .loggedModel: throw unidentified(by: "model_id")
        }
    }

    // MARK: What the source may be

    /// - Parameter folder: what a relative path is relative to.
    func check(relativeTo folder: String) throws {
        if try isLocal(source) { return try checkLocal(relativeTo: folder) }
        guard SourceURL.isAbsolute(source) else {
            throw invalid(
                "If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must "
                    + "be provided without relative path references present. Please provide an absolute path.")
        }
        let url = SourceURL(source)
        switch url.scheme {
        case "runs": try checkRun(url)
        case "models": try checkModel()
        default: if url.isProxiedArtifact { try checkArtifact(url) }
        }
    }

    private func isLocal(_ location: String) throws(TrackingFault) -> Bool {
        let url = SourceURL(location)
        if url.scheme.isEmpty { return location != "databricks" }
        guard url.scheme == "file" else { return false }
        guard !url.isRemote else {
            throw TrackingFault(
                .invalidParameterValue,
                "\(location) is not a valid remote uri. For remote access on windows, please consider using a different scheme such as SMB "
                    + "(e.g. smb://<hostname>/<path>).")
        }
        return true
    }

    private func checkLocal(relativeTo folder: String) throws {
        if hasLoggedModel || run?.isEmpty == false {
            let root = try owner()
            if try isLocal(root), try LocalPath(source, relativeTo: folder).isWithin(LocalPath(root, relativeTo: folder)) { return }
        }
        let field = hasLoggedModel ? "model_id" : "run_id"
        throw invalid(
            "To use a local path as a model version source, the \(field) request parameter has to be specified and the local path has to be "
                + "contained within the artifact directory of the run specified by the \(field).")
    }

    private func checkRun(_ url: SourceURL) throws(TrackingFault) {
        guard !hasLoggedModel else { throw unidentified(by: "model_id") }
        let named = url.path.dropFirst().prefix { $0 != "/" }
        guard url.authority.isEmpty, let run, !run.isEmpty, named.utf8.elementsEqual(run.utf8) else { throw unidentified(by: "run_id") }
    }

    /// Versions were looked up already.
    private func checkModel() throws(TrackingFault) {
        guard case .loggedModel(let id) = ModelURI(source) else { return }
        guard let loggedModel, id.utf8.elementsEqual(loggedModel.utf8) else { throw unidentified(by: "model_id") }
    }

    private func checkArtifact(_ url: SourceURL) throws {
        guard hasLoggedModel || run?.isEmpty == false, url.isWithin(SourceURL(try owner())) else {
            throw unidentified(by: hasLoggedModel ? "model_id" : "run_id")
        }
    }

    /// Where the artifacts of the run or the logged model are that the client names.
    private func owner() throws -> String {
        if hasLoggedModel {
            guard let place = try loggedModel.flatMap({ try lookup?.loggedModel($0, in: session) }) else {
                throw unidentified(by: "model_id")
            }
            return place.artifactLocation
        }
        let sql = "SELECT artifact_uri FROM tracked_runs WHERE id = ?"
        guard let place = try session.connection.first(sql, [.text(run ?? "")], { $0.text(0) }) else { throw unidentified(by: "run_id") }
        return place
    }

    // MARK: What the version belongs to

    /// Takes the files and the run of the logged model that becomes a version.
    mutating func locate() throws {
        guard let loggedModel, !loggedModel.isEmpty else { return }
        let isItself = if case .loggedModel = ModelURI(source), SourceURL(source).scheme == "models" { true } else { false }
        guard isItself || run?.isEmpty != false else { return }
        guard let place = try lookup?.loggedModel(loggedModel, in: session) else {
            throw TrackingFault(.resourceDoesNotExist, "Logged model with ID '\(loggedModel)' not found.")
        }
        if isItself { storage = place.artifactLocation }
        if run?.isEmpty != false { run = place.sourceRun }
    }

    // MARK: Refusals

    private func invalid(_ reason: String) -> TrackingFault {
        TrackingFault(.invalidParameterValue, "Invalid model version source: '\(source)'. \(reason)")
    }

    private func unidentified(by field: String) -> TrackingFault {
        invalid("The \(field) request parameter must identify the resource that contains the source.")
    }
}
