// The icon of one component: which there is, and where the person gives another.

import type { ComponentView } from '../../account/views.ts'
import { hexOf } from '../../component/digest.ts'
import { ICON_LIMITS } from '../../component/icon.ts'
import type { Icon } from '../../store/icons.ts'
import type { Person } from '../../store/people.ts'
import { ComponentFacts } from '../component-facts.tsx'
import { Layout } from '../layout.tsx'

export function iconPath(component: string): string {
  return `/console/components/${encodeURIComponent(component)}/icon`
}

/** Decoration: what the picture stands for is written beside it. */
export function IconImage(props: { icon: Icon; side: number }) {
  const { icon, side } = props
  return <img src={`/icons/${hexOf(icon.digest)}`} alt="" width={side} height={side} />
}

export function IconPage(props: { person: Person; view: ComponentView }) {
  const { install, icon } = props.view
  const action = iconPath(install.component)
  return (
    <Layout title="Icon of a component" person={props.person.name}>
      <ComponentFacts of={install}>
        <dt>Icon</dt>
        <dd>{icon === null ? 'none' : <IconImage icon={icon} side={64} />}</dd>
      </ComponentFacts>
      <p>
        Clients may show it beside the tools of the component. Yours stands before the one that the
        component or the catalogue brings, and stays when a new version is loaded.
      </p>
      <p class="warning">
        An icon is no secret: whoever has the same picture can find out that this server has it,
        though not whose it is.
      </p>
      <form method="post" action={action} enctype="multipart/form-data">
        <label>
          PNG, JPEG or WebP, {ICON_LIMITS.BYTES / 1024} KiB and {ICON_LIMITS.SIDE} pixels at the
          most <input type="file" name="icon" accept="image/png,image/jpeg,image/webp" required />
        </label>{' '}
        <button name="action" value="set">
          Set
        </button>
      </form>
      <form method="post" action={action} enctype="multipart/form-data">
        <button name="action" value="delete">
          Take mine away
        </button>
      </form>
      <p>
        <a href="/console">To the console</a>
      </p>
    </Layout>
  )
}
