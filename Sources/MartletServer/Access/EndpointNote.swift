import MartletRegistry

/// What goes on record of an endpoint that did what it was asked.
struct EndpointNote: Sendable {
    let kind: AccessNote
    /// What it was done to.
    let subject: @Sendable (RequestFields) -> String

    private init(_ kind: AccessNote, _ subject: @escaping @Sendable (RequestFields) -> String) {
        self.kind = kind
        self.subject = subject
    }

    /// By `TrackingEndpoint.name`; of others nothing goes on record. What somebody sends goes into texts that are cut short where they are
    /// kept.
    static let table: [String: EndpointNote] = [
        "POST experiments/delete": EndpointNote(.deletion) { "experiment \($0.text(.experimentID) ?? "")" },
        "POST runs/delete": EndpointNote(.deletion) { "run \($0.run)" },
        "DELETE registered-models/delete": EndpointNote(.deletion) { "model '\($0.text(.name) ?? "")'" },
        "DELETE model-versions/delete": EndpointNote(.deletion) {
            "version \($0.text(.version) ?? "") of model '\($0.text(.name) ?? "")'"
        },
        "DELETE logged-models/{model_id}": EndpointNote(.deletion) { "logged model \($0.parameters["model_id"] ?? "")" },
        "DELETE 3.0/datasets/{dataset_id}": EndpointNote(.deletion) { "evaluation dataset \($0.parameters["dataset_id"] ?? "")" },
        "DELETE 3.0/datasets/{dataset_id}/records": EndpointNote(.deletion) {
            "records of evaluation dataset \($0.parameters["dataset_id"] ?? "")"
        },
        "POST traces/delete-traces": EndpointNote(.deletion) { "traces of experiment \($0.text(.experimentID) ?? "")" },
        "POST 3.0/traces/delete-traces": EndpointNote(.deletion) { "traces of experiment \($0.text(.experimentID) ?? "")" },
        "POST webhooks": EndpointNote(.webhookChange) { "'\($0.text(.name) ?? "")' made" },
        "PATCH webhooks/{webhook_id}": EndpointNote(.webhookChange) { "\($0.parameters["webhook_id"] ?? "") changed" },
        "DELETE webhooks/{webhook_id}": EndpointNote(.webhookChange) { "\($0.parameters["webhook_id"] ?? "") deleted" },
    ]
}
