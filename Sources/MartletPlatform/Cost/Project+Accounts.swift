package import MartletPipeline

extension Project {
    /// Whose cost each step is, by its name.
    ///
    /// A feature view that one model reads is that model's; what several read is nobody's alone.
    package var accounts: [String: Account] {
        var accounts: [String: Account] = [:]
        for name in datasets.keys { accounts[ProjectPipeline.stepName("dataset", name)] = account(of: nil) }
        for name in features.keys {
            let readers = models.filter { $0.value.features == name }.keys
            accounts[ProjectPipeline.stepName("features", name)] = account(of: readers.count == 1 ? readers.first : nil)
        }
        for (name, model) in models {
            for kind in model.stepKinds { accounts[ProjectPipeline.stepName(kind, name)] = account(of: name) }
        }
        for (name, endpoint) in endpoints { accounts[ProjectPipeline.stepName("release", name)] = account(of: endpoint.model) }
        for (name, step) in steps { accounts[name] = account(of: step.model, owner: step.owner) }
        return accounts
    }

    private func account(of model: String?, owner: String? = nil) -> Account {
        var account = Account()
        account.model = model
        account.owner = owner ?? self.owner
        return account
    }

    /// The pipeline that a step is of: what stands before the last `/` of its name, or else the project's own.
    package func pipeline(ofStep name: String) -> String {
        name.lastIndex(of: "/").map { String(name[..<$0]) } ?? self.name
    }
}
