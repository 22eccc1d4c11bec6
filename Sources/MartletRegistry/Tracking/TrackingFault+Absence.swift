/// That something is not there, in MLflow's words: also what those are told who may not see that it is.
extension TrackingFault {
    package static func noExperiment(_ id: Int64) -> TrackingFault {
        TrackingFault(.resourceDoesNotExist, "No Experiment with id=\(id) exists")
    }

    package static func noExperiment(named name: String) -> TrackingFault {
        TrackingFault(.resourceDoesNotExist, "Could not find experiment with name '\(name)'")
    }

    package static func noRun(_ id: String) -> TrackingFault { TrackingFault(.resourceDoesNotExist, "Run with id=\(id) not found") }

    package static func noTrace(_ id: String) -> TrackingFault { TrackingFault(.resourceDoesNotExist, "Trace with ID '\(id)' not found.") }

    package static func noLoggedModel(_ id: String) -> TrackingFault {
        TrackingFault(.resourceDoesNotExist, "Logged model with ID '\(id)' not found.")
    }

    package static func noEvaluationDataset(_ id: String) -> TrackingFault {
        TrackingFault(.resourceDoesNotExist, "Could not find evaluation dataset with ID \(id)")
    }

    package static func noModel(_ name: String) -> TrackingFault {
        TrackingFault(.resourceDoesNotExist, "Registered Model with name=\(name) not found")
    }

    package static func noVersion(_ id: ModelVersionID) -> TrackingFault {
        TrackingFault(.resourceDoesNotExist, "Model Version (name=\(id.model), version=\(id.version)) not found")
    }
}
