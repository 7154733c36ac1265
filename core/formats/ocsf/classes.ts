/** A class of OCSF 1.6.0: the part of it that activities of the feed use. */
export interface OcsfClass {
	readonly uid: number;
	readonly caption: string;
	/** Whether the class has `actor` of its own; elsewhere it comes with the profile `host`. */
	readonly hasActor: boolean;
	/** Whether the class has `src_endpoint` and `http_request`. */
	readonly hasRequest: boolean;
	/** The captions of its activities. 99 means another one, which the event names itself. */
	readonly activities: Readonly<Record<number, string>>;
}

/** The id of an activity that the class does not list. */
export const OTHER_ACTIVITY = 99;

export const classes = {
	base: {
		uid: 0,
		caption: 'Base Event',
		hasActor: false,
		hasRequest: false,
		activities: { 0: 'Unknown' },
	},
	account: {
		uid: 3001,
		caption: 'Account Change',
		hasActor: true,
		hasRequest: true,
		activities: { 1: 'Create', 2: 'Enable', 5: 'Disable', 6: 'Delete' },
	},
	authentication: {
		uid: 3002,
		caption: 'Authentication',
		hasActor: true,
		hasRequest: true,
		activities: { 1: 'Logon', 2: 'Logoff' },
	},
	entity: {
		uid: 3004,
		caption: 'Entity Management',
		hasActor: true,
		hasRequest: true,
		activities: {
			1: 'Create',
			2: 'Read',
			3: 'Update',
			4: 'Delete',
			6: 'Enroll',
			8: 'Enable',
			9: 'Disable',
			10: 'Activate',
			11: 'Deactivate',
			12: 'Suspend',
			13: 'Resume',
		},
	},
	access: {
		uid: 3005,
		caption: 'User Access Management',
		hasActor: true,
		hasRequest: true,
		activities: { 1: 'Assign Privileges', 2: 'Revoke Privileges' },
	},
	group: {
		uid: 3006,
		caption: 'Group Management',
		hasActor: true,
		hasRequest: true,
		activities: {
			2: 'Revoke Privileges',
			3: 'Add User',
			4: 'Remove User',
			5: 'Delete',
			6: 'Create',
		},
	},
	resource: {
		uid: 6001,
		caption: 'Web Resources Activity',
		hasActor: false,
		hasRequest: true,
		activities: {
			1: 'Create',
			2: 'Read',
			3: 'Update',
			4: 'Delete',
			5: 'Search',
			7: 'Export',
			8: 'Share',
		},
	},
	application: {
		uid: 6002,
		caption: 'Application Lifecycle',
		hasActor: false,
		hasRequest: false,
		activities: { 6: 'Enable', 7: 'Disable' },
	},
	api: {
		uid: 6003,
		caption: 'API Activity',
		hasActor: true,
		hasRequest: true,
		activities: { 1: 'Create', 2: 'Read', 3: 'Update', 4: 'Delete' },
	},
} as const satisfies Record<string, OcsfClass>;

/** A class with one of its activities, as an event shows them. */
export interface Kind {
	readonly ofClass: OcsfClass;
	readonly activityId: number;
	/** The attributes that only depend on it, as members of a JSON object. */
	readonly members: string;
}

/**
 * @param name of an activity that the class does not list
 * @throws Error if the class lists no activity of this id
 */
export function kindOf(ofClass: OcsfClass, activityId: number, name: string): Kind {
	const isOther = activityId === OTHER_ACTIVITY;
	const caption = isOther ? name : ofClass.activities[activityId];
	if (caption === undefined) throw new Error(`${ofClass.caption} has no activity ${activityId}.`);
	// Other captions would say the same again; with them, events are a tenth larger.
	const attributes = {
		class_uid: ofClass.uid,
		class_name: ofClass.caption,
		category_uid: Math.floor(ofClass.uid / 1000),
		activity_id: activityId,
		activity_name: caption,
		type_uid: ofClass.uid * 100 + activityId,
		severity_id: 1,
	};
	return { ofClass, activityId, members: JSON.stringify(attributes).slice(1, -1) };
}
