import MartletRegistry

/// Somebody was refused something that they have no right to.
struct Denial: Error, Equatable {
    let principal: Principal
    let need: Role
    /// What they have no right to, for the record.
    let subject: String
    /// What those are told who may not even see that it is there: the same as where it is not.
    let absence: TrackingFault?

    init(_ principal: Principal, _ need: Role, _ subject: String, absence: TrackingFault? = nil) {
        self.principal = principal
        self.need = need
        self.subject = subject
        self.absence = absence
    }

    /// What is needed, for those who may know that it is there.
    var refusal: TrackingFault {
        TrackingFault(
            .permissionDenied, "Permission denied: '\(principal.name)' needs the role '\(need)' here; an administrator can grant it.")
    }

    var fault: TrackingFault { absence ?? refusal }
}

extension AccessSubject {
    /// What is said where there is none.
    var absence: TrackingFault {
        switch self {
        case .experiment(let id): .noExperiment(id)
        case .model(let name): .noModel(name)
        }
    }
}

extension RequestFields {
    /// What a request is told where what it names is not there; `nil` where nothing is said of it alone.
    func absence(_ scope: AccessNeed.Scope) -> TrackingFault? {
        switch scope {
        case .experimentName: .noExperiment(named: text(.experimentName) ?? "")
        case .run: .noRun(run)
        case .runs: .noRun((texts(.runIDs) + texts(.historyRunIDs)).first ?? "")
        case .sourceRun: .noRun(text(.sourceRunID) ?? "")
        case .trace: .noTrace([pathTrace, text(.traceID) ?? ""].first { !$0.isEmpty } ?? texts(.traceIDs).first ?? "")
        case .loggedModel: .noLoggedModel(parameters["model_id"] ?? text(.modelID) ?? "")
        case .linkedModels: .noLoggedModel(modelIDs(of: .modelInputs).first ?? "")
        case .metricModels: .noLoggedModel(modelIDs(of: .metrics).first ?? "")
        case .dataset: .noEvaluationDataset(parameters["dataset_id"] ?? "")
        // A version that names no integer is refused by its endpoint.
        case .model where !(text(.version) ?? "").isEmpty: (try? modelVersion()).map { .noVersion($0) }
        default: nil
        }
    }

    /// The logged models that the elements of a field name.
    func modelIDs(of field: MessageField) -> [String] { messages(field) { $0.text(.modelID) }.compactMap(\.self) }
}
