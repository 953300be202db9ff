"""The emulator of AWS (moto's server), with what it lacks of CloudFormation: protection from deletion, and outputs of stacks that change sets made."""

from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import ChangeSet
from moto.cloudformation.parsing import OutputMap
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult
from moto.server import main

delete_stack, apply = CloudFormationResponse.delete_stack, ChangeSet.apply


def named(self):
    return next((s for s in self.cloudformation_backend.list_stacks() if self._get_param("StackName") in (s.name, s.stack_id)), None)


def update_termination_protection(self):
    stack = named(self)
    stack.protected = self._get_bool_param("EnableTerminationProtection")
    return ActionResult({"StackId": stack.stack_id})


def delete_unprotected_stack(self):
    stack = named(self)
    if getattr(stack, "protected", False):
        raise ValidationError(message=f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    return delete_stack(self)


def apply_with_outputs(self):
    apply(self)
    self.stack.output_map = OutputMap(self.stack.resource_map, self.template_dict, self.stack_id)


ChangeSet.apply = apply_with_outputs
CloudFormationResponse.update_termination_protection = update_termination_protection
CloudFormationResponse.delete_stack = delete_unprotected_stack

if __name__ == "__main__":
    main()
